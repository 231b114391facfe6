import type { BusEvent } from './model.ts';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Partition of an account, from 0 to `partitions` − 1: FNV-1a, 32 bits, over the UTF-8 bytes of the account id, modulo
 * `partitions`; 0 for what is about nobody. Part of the contract with consumers in any language, so never changed.
 * Source: Fowler, Noll and Vo, draft-eastlake-fnv.
 */
export function partitionOf(account: string | null, partitions: number): number {
  if (account === null) return 0;
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(account, 'utf8')) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return (hash >>> 0) % partitions;
}

/**
 * Key of the stream of a partition, such as `{diana:3}:events`. Prefix and partition are the hash tag: stream and mark
 * share a slot of a cluster, while partitions, and relays with other prefixes, spread over all of them. A prefix with a
 * brace in it would end the tag early.
 */
export function streamKey(prefix: string, partition: number): string {
  return `{${prefix}:${partition}}:events`;
}

/** Key of what the relay remembers about a partition, in the slot of its stream. */
export function markKey(prefix: string, partition: number): string {
  return `{${prefix}:${partition}}:mark`;
}

/** Fields and values of a stream entry in turn; null is the empty string. */
export function entryFields(event: BusEvent): string[] {
  return [
    'id',
    event.id,
    'source',
    event.source,
    'type',
    event.type,
    'user',
    event.user ?? '',
    'account',
    event.account ?? '',
    'time',
    event.time,
    'data',
    JSON.stringify(event.data),
    'correlationId',
    event.correlationId,
    'causationId',
    event.causationId ?? '',
    'position',
    String(event.position),
    'recordedAt',
    event.recordedAt,
  ];
}
