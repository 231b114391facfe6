import { keyedDigest, sha256 } from '../kernel/digest.ts';
import { type Outcome, refused } from '../kernel/outcome.ts';
import type { Named } from './job.ts';
import { createMember, type LoadedState, type Member } from './member.ts';
import type { Cause } from './post.ts';
import { type BatchRecord, createRecord, recordFacts } from './record.ts';
import type { Rulebook } from './rulebook.ts';
import { Unfolding } from './unfold.ts';
import type { WrittenBatch } from './write.ts';

/** What is to be written about somebody who did not come with an event. */
export interface Newcomer {
  readonly member: Member;
  readonly record: BatchRecord;
  readonly batch: WrittenBatch;
}

/** Announces somebody new, and lets those rules and metrics hear it that listen. `recordedAt`: milliseconds. */
export function decideNewcomer(named: Named, state: LoadedState, rulebook: Rulebook, recordedAt: number): Outcome<Newcomer> {
  const cause: Cause = {
    // Accounts are random: nobody finds a person by this.
    digest: keyedDigest(sha256('user.created'), [state.account]),
    recordedAt,
    catalogVersion: rulebook.version,
    actor: null,
    mayAdjust: false,
    nonce: null,
  };
  const occasion = { type: 'user.created', data: {}, time: { ms: recordedAt, offset: null }, source: 'diana' };
  const unfolding = new Unfolding(state, occasion, rulebook, cause);
  unfolding.facts.push({ type: 'user.created', data: {}, cause: null });
  const refusal = unfolding.follow();
  if (refusal !== undefined) return refused(refusal);
  const record = createRecord();
  recordFacts(record, { account: state.account, occurredAt: recordedAt }, unfolding);
  record.booked.push(...unfolding.transfers);
  const member = createMember(named, state);
  member.take(unfolding.changes());
  return {
    ok: true,
    value: {
      member,
      record,
      batch: {
        fence: rulebook.version,
        generation: rulebook.circumstances.generation,
        expiries: rulebook.expiries,
        timezone: rulebook.catalog.timezone,
        recordedAt,
      },
    },
  };
}
