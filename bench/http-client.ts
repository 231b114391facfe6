import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** One kept-alive connection that sends one request at a time. */
export interface HttpConnection {
  request(method: 'GET' | 'POST', path: string, body?: string): Promise<HttpAnswer>;
  close(): void;
}

interface Waiting {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * As little of HTTP/1.1 as a load needs: the generator shares its cores with what it measures, so every
 * microsecond it takes is one that the server does not get. Answers have to tell their content-length.
 */
export async function openConnection(url: string, token: string): Promise<HttpConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const head = `HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${token}\r\n`;
  let waiting: Waiting | undefined;
  let received: Buffer = Buffer.alloc(0);
  const lost = (): void => waiting?.reject(new Error('the connection was closed before the answer'));
  socket.on('close', lost).on('error', lost);
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const answer = wholeAnswer(received);
    if (answer === undefined || waiting === undefined) return;
    received = Buffer.alloc(0);
    const { resolve } = waiting;
    waiting = undefined;
    resolve(answer);
  });
  return {
    request: (method, path, body) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        send(socket, `${method} ${path} ${head}`, body);
      }),
    close: () => socket.destroy(),
  };
}

function send(socket: Socket, head: string, body: string | undefined): void {
  if (body === undefined) socket.write(`${head}\r\n`);
  else socket.write(`${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function wholeAnswer(received: Buffer): HttpAnswer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = received.toString('latin1', 0, end);
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without content-length: ${head}`);
  const from = end + 4;
  if (received.length < from + Number(length)) return undefined;
  return { status: Number(head.slice(9, 12)), body: received.subarray(from, from + Number(length)) };
}
