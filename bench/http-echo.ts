import fastify from 'fastify';
import { tellParent } from './child.ts';

/** The least that an HTTP server can do with an event: Fastify parses it and gives it back. */
const server = fastify();
server.post('/v1/events', async (request) => request.body);
process.once('disconnect', () => void server.close());
tellParent({ url: await server.listen({ host: '127.0.0.1', port: 0 }), token: '' });
