import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import fastifyExpress from '@fastify/express';
import middie from '@fastify/middie';
import connect from 'connect';
import express from 'express';
import express4 from 'express4';
import fastify from 'fastify';
import { fetchHandler } from '../../../src/adapters/driving/fetch/index.js';
import type { WebOptions } from '../../../src/adapters/driving/http/index.js';
import { httpHandler, requireSession } from '../../../src/adapters/driving/http/index.js';
import type { Tradepost } from '../../../src/index.js';

/**
 * The ways to mount Tradepost in a server: operations under `/api`, and the application's own route `/own`, which returns
 * what its guard found.
 */
export const frameworks: Readonly<Record<string, Framework>> = {
  'node:http': async (tradepost, options) => {
    const handler = httpHandler(tradepost, { ...options, basePath: '/api' });
    const guard = requireSession(tradepost, options);
    return (request, response) => {
      if (request.url?.startsWith('/own')) guard(request, response, () => showOwner(request, response));
      else handler(request, response);
    };
  },
  connect: async (tradepost, options) => {
    const app = connect();
    app.use('/api', httpHandler(tradepost, options));
    app.use('/own', requireSession(tradepost, options));
    app.use('/own', showOwner);
    return app;
  },
  'Express 4': async (tradepost, options) => {
    const app = express4();
    app.use('/api', httpHandler(tradepost, options));
    app.use('/own', requireSession(tradepost, options), showOwner);
    return app;
  },
  'Express 5': async (tradepost, options) => {
    const app = express();
    app.use('/api', httpHandler(tradepost, options));
    app.use('/own', requireSession(tradepost, options), showOwner);
    return app;
  },
  'fastify with @fastify/middie': async (tradepost, options) => {
    const app = fastify();
    await app.register(middie);
    app.use('/api', httpHandler(tradepost, options));
    app.use('/own', requireSession(tradepost, options));
    app.all('/own', async request => request.raw.tradepost);
    await app.ready();
    return app.routing;
  },
  'fastify with @fastify/express': async (tradepost, options) => {
    const app = fastify();
    await app.register(fastifyExpress);
    app.use('/api', httpHandler(tradepost, options));
    app.use('/own', requireSession(tradepost, options));
    app.all('/own', async request => request.raw.tradepost);
    await app.ready();
    return app.routing;
  },
};

type Framework = (tradepost: Tradepost, options: WebOptions) => Promise<RequestListener>;

const showOwner = (request: IncomingMessage, response: ServerResponse): void =>
  void response.setHeader('Content-Type', 'application/json').end(JSON.stringify(request.tradepost));

/** Calls a handler of the Fetch Standard from a Node server, as Bun, Deno and Next.js call theirs. */
export function fetchListener(tradepost: Tradepost, options: WebOptions): RequestListener {
  const handler = fetchHandler(tradepost, { ...options, basePath: '/api' });
  return async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = '', url = '', socket } = incoming;
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const request = new Request(`http://${incoming.headers.host}${url}`, {
      method,
      headers: Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as [string, string]),
      ...(hasBody && { body: Buffer.concat(chunks) }),
    });
    const { remoteAddress } = socket;
    const answer = await handler(request, remoteAddress === undefined ? {} : { remoteAddress });
    outgoing.writeHead(answer.status, [...answer.headers].flat());
    outgoing.end(Buffer.from(await answer.arrayBuffer()));
  };
}
