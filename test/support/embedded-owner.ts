import { createInterface } from 'node:readline';
import { EmbeddedError, startEmbedded } from '../../src/platform/postgres/embedded/index.ts';

/**
 * A process that runs an embedded server: `node embedded-owner.mjs <data directory> <mode>`. It writes one line of JSON
 * (`connection` and `owned`, or `code` and `message`), and stops the server when it reads a line.
 */
const [dataDirectory = '', mode] = process.argv.slice(2);

try {
  const server = await startEmbedded({
    dataDirectory,
    mode: mode === 'own' ? 'own' : 'attach-or-own',
    log: (level, message, fields) => console.error(level, message, JSON.stringify(fields ?? {})),
  });
  console.log(JSON.stringify({ connection: server.connection, owned: server.owned }));
  const input = createInterface({ input: process.stdin });
  input.once('line', () => {
    void server.stop().then(() => process.exit(0));
  });
} catch (error) {
  const { code, message } = error instanceof EmbeddedError ? error : { code: 'unexpected', message: String(error) };
  console.log(JSON.stringify({ code, message }));
  process.exit(1);
}
