import { Server, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { HttpServer } from './server-type.ts';

/** How often is looked whether the last connection is gone. Milliseconds. */
const STEP = 20;
/**
 * Whoever said nothing for this long is idle, not between two requests: closing such a connection meets no request
 * on its way. Milliseconds.
 */
const QUIET = 1_000;

/**
 * Gives the server its `retire`. A connection that is merely closed while idle may have a request on its way, which the
 * caller then sees broken without knowing whether it was done; an answer with `Connection: close` is the one end that
 * both sides know of.
 */
export function addRetirement(server: HttpServer): void {
  const connections = new Set<Socket>();
  let retiring = false;

  server.server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  // At the moment of the answer, so that it holds for requests that were under way already.
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (retiring) reply.header('connection', 'close');
    done(null, payload);
  });

  server.decorate('retire', async (milliseconds: number): Promise<void> => {
    // A connection that waits to be let in would be reset: this is right after a turn in which all were.
    await nextTurn();
    await nextTurn();
    retiring = true;
    // Of the bare server below HTTP: the HTTP server's own `close` would break off idle connections at once.
    Server.prototype.close.call(server.server);
    for (let passed = 0; connections.size > 0 && passed < milliseconds; passed += STEP) {
      if (passed >= QUIET) closeQuiet();
      await sleep(STEP);
    }
  });

  function closeQuiet(): void {
    server.server.closeIdleConnections();
    // To the HTTP server a connection without a first request is a request that is late.
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  }
}
