import { isRetryable, meaningOf, PROBLEM_CODES, PROBLEMS } from './problems.ts';

/** docs/reference/errors.md, generated from the table that answers are made from. */
export function renderErrorReference(): string {
  const rows = PROBLEM_CODES.map(
    (code) => `| \`${code}\` | ${PROBLEMS[code].status} | ${isRetryable(code) ? 'yes' : 'no'} | ${meaningOf(code)} |`,
  );
  return `# Errors

Every error is a problem document after RFC 9457, \`application/problem+json\`:

\`\`\`json
{
  "type": "/problems/insufficient_balance",
  "title": "Insufficient balance",
  "status": 422,
  "detail": "ada has 10 points available, 25 are needed",
  "code": "insufficient_balance",
  "retryable": false
}
\`\`\`

- \`code\` is stable: decide by it, not by the text. \`type\` is an address on the same server that explains the code.
- \`retryable\` says whether the same request may succeed later as it is. Where \`Retry-After\` is given, wait that many
  seconds. Repeating a request with the same identity is always safe: it is never counted twice.
- \`path\` says where the fault is: a JSON Pointer into the body, or \`/params/…\`, \`/query/…\`, \`/headers/…\`.
- \`errors\` lists several faults, each with \`line\`, \`path\` and \`message\`, where a document can have several.
- \`requestId\` stands in the log beside the cause of an \`internal_error\`.

Events in an array stand alone: the answer is 200, and each refused one has its \`code\` among the results. A single
event that is refused for its shape, size, time or key is a problem itself, and so are \`busy\` and \`unavailable\`; what
the rules refuse (\`id_reused\`, \`unknown_type\`, …) is a result.

| code | status | retryable | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}
