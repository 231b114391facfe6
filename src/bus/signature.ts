import { createHmac } from 'node:crypto';
import { SECOND, parseTime } from '../kernel/time.ts';

/**
 * Signatures of webhooks by Standard Webhooks 1.0, symmetric (github.com/standard-webhooks/standard-webhooks): HMAC-SHA256
 * over `<id>.<timestamp>.<body>`. While a secret is replaced, a delivery carries one signature by the old and one by the new.
 */

export interface WebhookSecret {
  /** `whsec_<base64 of 24 to 64 bytes>`. */
  readonly secret: string;
  /** RFC 3339; from this moment on nothing is signed with it. Null: for ever. */
  readonly until: string | null;
}

export interface SignatureHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

const PREFIX = 'whsec_';
const MIN_BYTES = 24;
const MAX_BYTES = 64;
const NEW_BYTES = 32;

/** The id is a header, and a full stop in it would let two different messages have the same signed text. */
const ID = /^[!-~]+$/;

/** Says why a text is no secret; undefined where it is one. The answer never repeats the text. */
export function secretFault(text: string): string | undefined {
  if (!text.startsWith(PREFIX)) return `a secret begins with "${PREFIX}"`;
  const encoded = text.slice(PREFIX.length);
  const bytes = Buffer.from(encoded, 'base64');
  // Node skips what is no base64; a text that does not come back unchanged would be another key to another receiver.
  if (bytes.toString('base64') !== encoded) return `what follows "${PREFIX}" is not base64 (standard alphabet, padded)`;
  if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) {
    return `a secret has ${MIN_BYTES} to ${MAX_BYTES} bytes, this one has ${bytes.length}`;
  }
  return undefined;
}

/** The text of a secret, from 32 random bytes. */
export function newSecret(bytes: Uint8Array): string {
  if (bytes.length !== NEW_BYTES) throw new RangeError(`a new secret is made of ${NEW_BYTES} bytes, not ${bytes.length}`);
  return PREFIX + Buffer.from(bytes).toString('base64');
}

/** Those that are valid at a moment, in milliseconds. */
export function liveSecrets(secrets: readonly WebhookSecret[], nowMs: number): readonly WebhookSecret[] {
  return secrets.filter(({ until }) => {
    if (until === null) return true;
    const end = parseTime(until);
    if (end === undefined) throw new RangeError(`the end of a secret is no RFC 3339 time: "${until}"`);
    return nowMs < end.ms;
  });
}

/**
 * The headers that prove to a receiver who sent `body`, with one signature for each secret that is valid at the timestamp.
 * Throws where none is: nothing is ever sent unsigned.
 */
export function signatureHeaders(message: {
  /** Printable ASCII without blanks and full stops; the same for every attempt, as receivers know repetitions by it. */
  readonly id: string;
  /** Of this attempt, not of the event: receivers refuse what is more than a few minutes old. */
  readonly timestampSeconds: number;
  readonly body: string;
  readonly secrets: readonly WebhookSecret[];
}): SignatureHeaders {
  const { id, timestampSeconds, body } = message;
  if (!ID.test(id) || id.includes('.')) {
    throw new RangeError('the id of a webhook is printable ASCII without blanks and full stops');
  }
  if (!Number.isSafeInteger(timestampSeconds) || timestampSeconds < 0) {
    throw new RangeError(`a timestamp is a whole number of seconds, not ${timestampSeconds}`);
  }
  const secrets = liveSecrets(message.secrets, timestampSeconds * SECOND);
  if (secrets.length === 0) throw new Error('there is no valid secret to sign with');
  const text = `${id}.${timestampSeconds}.${body}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': secrets.map(({ secret }) => `v1,${hmac(secret, text)}`).join(' '),
  };
}

function hmac(secret: string, text: string): string {
  const fault = secretFault(secret);
  if (fault !== undefined) throw new Error(fault);
  return createHmac('sha256', Buffer.from(secret.slice(PREFIX.length), 'base64'))
    .update(text, 'utf8')
    .digest('base64');
}
