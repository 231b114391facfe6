import { factId } from '../kernel/ids.ts';
import { byUser, type Delivered, eachOf, type OutsideDeliverer } from './deliverer.ts';
import type { BusEvent } from './model.ts';
import type { Courier, PostAnswer } from './ports.ts';
import type { Entry, Failure } from './settle.ts';
import { liveSecrets, signatureHeaders } from './signature.ts';
import type { Subscription } from './subscription.ts';
import type { Time } from './time.ts';

/** A receiver that says "too many" and not for how long is left alone for this long. Milliseconds. */
const PAUSE = 5_000;
/** Nobody puts off his events for longer than this by a header. Milliseconds. */
const MAX_PAUSE = 60 * 60_000;

/** Posts events, signed after Standard Webhooks 1.0 (https://www.standardwebhooks.com). */
export function createWebhook(dependencies: {
  readonly subscription: Subscription;
  readonly courier: Courier;
  readonly time: Time;
}): OutsideDeliverer {
  const { subscription, courier, time } = dependencies;
  const { settings, secrets, name } = subscription;

  async function post({ event, attempts }: Entry): Promise<PostAnswer> {
    const now = time.now();
    const body = webhookBody(event);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Diana-Webhooks',
      ...signatureHeaders({
        id: factId(event.position),
        timestampSeconds: Math.floor(now / 1_000),
        body,
        secrets: liveSecrets(secrets, now),
      }),
      'diana-subscription': name,
      'diana-attempt': String(attempts + 1),
      // The ids are the callers' words: percent-encoded they fit into a header.
      'diana-correlation-id': encodeURIComponent(event.correlationId),
      ...(event.causationId === null ? {} : { 'diana-causation-id': encodeURIComponent(event.causationId) }),
    };
    return courier.post({ url: settings.url ?? '', headers, body, timeout: settings.timeout });
  }

  return {
    kind: 'outside',
    async deliver(entries, _to, signal): Promise<Delivered> {
      const failed = new Map<number, Failure>();
      const untried = new Set<number>();
      let pauseUntil: number | undefined;
      let gone: string | undefined;
      await eachOf(byUser(entries, settings.order), settings.concurrency, async (group) => {
        let isStopped = false;
        for (const entry of group) {
          const { position } = entry.event;
          if (isStopped || pauseUntil !== undefined || gone !== undefined || signal.aborted) {
            untried.add(position);
            continue;
          }
          const answer = await post(entry);
          const verdict = judge(answer);
          if (verdict === undefined) continue;
          isStopped = true;
          if (verdict.pause !== undefined) pauseUntil = time.now() + Math.min(verdict.pause, MAX_PAUSE);
          if (verdict.gone === true) gone = verdict.failure.error;
          failed.set(position, verdict.failure);
        }
      });
      return {
        failed,
        untried,
        ...(pauseUntil === undefined ? {} : { pauseUntil }),
        ...(gone === undefined ? {} : { gone }),
      };
    },
  };
}

/** The event, and the field that Standard Webhooks asks for beside `type` and `data`. */
export function webhookBody(event: BusEvent): string {
  return JSON.stringify({ ...event, timestamp: event.time });
}

interface Verdict {
  readonly failure: Failure;
  /** Milliseconds that the receiver wants to be left alone as a whole. */
  readonly pause?: number;
  readonly gone?: true;
}

/** What an answer means; undefined: it was taken. */
function judge(answer: PostAnswer): Verdict | undefined {
  if (answer.kind === 'failed') return { failure: { error: answer.error } };
  const { status, retryAfter, body } = answer;
  if (status >= 200 && status < 300) return undefined;
  const failure: Failure = {
    error: `HTTP ${status}${body === '' ? '' : `: ${body.slice(0, 200)}`}`,
    status,
    ...(retryAfter === null ? {} : { retryAfter: retryAfter * 1_000 }),
  };
  if (status === 410) return { failure, gone: true };
  if (status === 429) return { failure, pause: retryAfter === null ? PAUSE : retryAfter * 1_000 };
  if (status === 503 && retryAfter !== null) return { failure, pause: retryAfter * 1_000 };
  return { failure };
}
