import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { addCard, program, register } from '../support/http/http-users.js';
import type { ServingProcess } from '../support/servers/processes.js';
import { serveInProcess } from '../support/servers/processes.js';

/** `TEST_DRAINING_ROUNDS=50` for the long form. */
const ROUNDS = Number(process.env.TEST_DRAINING_ROUNDS ?? 2);
const BUSY = 32;
const AT_ONCE = 100;

interface Answered {
  readonly status: number | undefined;
  readonly endsConnection: boolean;
  readonly at: number;
}

/** A client with one connection, which it keeps until the server ends it. */
class KeptConnection {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(
    private readonly origin: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** Rejects if the connection is reset before the whole answer has arrived. */
  async send(): Promise<Answered> {
    const sent = request(`${this.origin}/cards`, { agent: this.agent, headers: this.headers }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    await answer.resume().toArray();
    return {
      status: answer.statusCode,
      endsConnection: answer.headers.connection === 'close',
      at: performance.now(),
    };
  }
}

async function start(): Promise<{ server: ServingProcess; connect(): KeptConnection }> {
  const server = await serveInProcess({ DATABASE_URL: 'memory:' });
  const headers = await program(server.origin, await register(server.origin));
  await addCard(server.origin, headers);
  return { server, connect: () => new KeptConnection(server.origin, headers) };
}

/** Sends the signal, and returns the status and when the process had exited. */
async function end(server: ServingProcess): Promise<{ status: number | null; at: number }> {
  const status = await server.stop('SIGTERM');
  return { status, at: performance.now() };
}

const isReset = (result: PromiseSettledResult<unknown>): boolean => result.status === 'rejected';

describe(`${ROUNDS} times, SIGTERM resets no connection, and the process ends within 1 s of the last answer`, () => {
  test(`with ${BUSY} busy connections`, { timeout: ROUNDS * 20_000 }, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { server, connect } = await start();
      const answers: Answered[] = [];
      const keepBusy = async (): Promise<void> => {
        const connection = connect();
        for (;;) {
          const answer = await connection.send();
          answers.push(answer);
          if (answer.endsConnection) return;
        }
      };
      const busy = Promise.allSettled(Array.from({ length: BUSY }, keepBusy));
      await expect.poll(() => answers.length).toBeGreaterThan(BUSY * 2);
      const before = answers.length;
      const ended = await end(server);
      expect((await busy).filter(isReset)).toEqual([]);
      expect(ended.status, server.output()).toBe(0);
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      expect(answers.length).toBeGreaterThan(before);
      expect(ended.at - Math.max(...answers.map(({ at }) => at))).toBeLessThan(1000);
    }
  });

  test(`with ${AT_ONCE} requests sent at the signal`, { timeout: ROUNDS * 20_000 }, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { server, connect } = await start();
      const connections = Array.from({ length: AT_ONCE }, connect);
      await Promise.all(connections.map(connection => connection.send()));
      const ending = end(server);
      const answers = await Promise.allSettled(connections.map(connection => connection.send()));
      expect(answers.filter(isReset)).toEqual([]);
      const { status, at } = await ending;
      expect(status, server.output()).toBe(0);
      const answered = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []));
      expect(answered.filter(answer => answer.status !== 200)).toEqual([]);
      expect(at - Math.max(...answered.map(answer => answer.at))).toBeLessThan(1000);
    }
  });
});
