import { createHash } from 'node:crypto';
import type { StreamAnswer, StreamBatch } from '../../bus/index.ts';

/**
 * Entries and mark in one step, or nothing: whatever can fail fails before the first write, or is it.
 *
 * The mark counts only while the stream exists, so that a stream that was deleted or evicted by itself is noticed; a
 * batch without entries therefore makes an empty stream. Positions are compared as numbers, which Lua holds exactly up
 * to 2^53. Trimmed once, after all, as each entry may only free whole nodes of the stream anyway.
 *
 * KEYS: stream, mark. ARGV: '1' where a mark is expected, the expected mark, the new mark, entries to keep; then for
 * each entry its position, the number of its fields and values, and these.
 */
const APPEND = `
local exists = redis.call('EXISTS', KEYS[1]) == 1
local mark = exists and redis.call('GET', KEYS[2]) or false
local expected = ARGV[1] == '1' and ARGV[2] or false
if mark ~= expected then return {0, mark} end
local last = 0
if exists then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = tonumber(string.match(info[i + 1], '^%d+')) end
  end
end
local at = 5
while at <= #ARGV do
  local width = tonumber(ARGV[at + 1])
  if tonumber(ARGV[at]) > last then
    redis.call('XADD', KEYS[1], ARGV[at] .. '-0', unpack(ARGV, at + 2, at + 1 + width))
  end
  at = at + 2 + width
end
if at > 5 then
  redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', ARGV[4])
elseif not exists then
  redis.call('XGROUP', 'CREATE', KEYS[1], 'none', '0', 'MKSTREAM')
  redis.call('XGROUP', 'DESTROY', KEYS[1], 'none')
end
redis.call('SET', KEYS[2], ARGV[3])
return {1}
`;

const DIGEST = createHash('sha1').update(APPEND).digest('hex');

/** Redis takes 1,048,576 arguments for one command, and the script cannot be cut without losing that it is atomic. */
const MOST_ARGUMENTS = 1_000_000;

/** Runs the script for one batch by `call`, which sends a command to wherever `key` is. */
export async function appendBatch(
  call: (key: string, args: readonly string[]) => Promise<unknown>,
  batch: StreamBatch,
): Promise<StreamAnswer> {
  const args = argumentsOf(batch);
  const answer = await call(batch.key, ['EVALSHA', DIGEST, ...args]).catch((error: unknown) => {
    if (error instanceof Error && error.message.startsWith('NOSCRIPT')) return call(batch.key, ['EVAL', APPEND, ...args]);
    throw error;
  });
  return parseAnswer(answer);
}

function argumentsOf({ key, markKey, expected, mark, entries, retain }: StreamBatch): string[] {
  const args = ['2', key, markKey, expected === null ? '0' : '1', expected ?? '', mark, String(retain)];
  for (const { position, fields } of entries) {
    args.push(String(position), String(fields.length));
    for (const field of fields) args.push(field);
  }
  if (args.length > MOST_ARGUMENTS) throw new RangeError(`${entries.length} entries are too many for one batch of ${key}`);
  return args;
}

function parseAnswer(answer: unknown): StreamAnswer {
  if (Array.isArray(answer)) {
    const [appended, mark] = answer as readonly unknown[];
    if (appended === 1) return { kind: 'appended' };
    if (appended === 0) return { kind: 'mismatch', mark: typeof mark === 'string' ? mark : null };
  }
  throw new Error('Redis answered the append script with something else');
}
