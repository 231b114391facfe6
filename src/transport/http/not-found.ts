import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from './answers.ts';

interface Address {
  readonly shape: RegExp;
  readonly methods: Set<string>;
}

/** Every address and its methods, so that a wrong method is told from a wrong address. */
export interface Addresses {
  add(pattern: string, methods: string | readonly string[]): void;
  answer(request: FastifyRequest, reply: FastifyReply): void;
}

export function createAddresses(): Addresses {
  const addresses = new Map<string, Address>();
  return {
    add(pattern, methods) {
      // Patterns hold letters, digits, `/`, `.`, `-` and parameters only.
      const shape = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll(/:[a-z]+/g, '[^/]+')}$`);
      const address = addresses.get(pattern) ?? { shape, methods: new Set() };
      for (const method of [methods].flat()) address.methods.add(method);
      addresses.set(pattern, address);
    },
    answer(request, reply) {
      const path = request.url.split('?', 1)[0] ?? '';
      const methods = [...addresses.values()].flatMap((address) => (address.shape.test(path) ? [...address.methods] : []));
      if (methods.length === 0) {
        sendProblem(reply, 'not_found', { detail: 'there is nothing at this address; /openapi.json lists what there is' });
        return;
      }
      const allowed = methods.toSorted().join(', ');
      reply.header('allow', allowed);
      sendProblem(reply, 'method_not_allowed', { detail: `${request.method} is not allowed here, but ${allowed}` });
    },
  };
}
