import { afterAll, beforeAll, expect, onTestFinished, vi } from 'vitest';
import { register } from '../http/http-users.js';
import type { ServingProcess } from '../servers/processes.js';
import { serveInProcess } from '../servers/processes.js';
import { handshake, type RawClient, rawConnect } from './raw-client.js';
import { connect } from './socket-client.js';

/** MiB by which memory may have grown after an attack. */
const MOST_GROWTH = 64;
/** Attackers at the same time. */
export const MANY = 15;

export interface ServerUnderAttack {
  readonly origin: string;
  readonly url: string;
  /** Opens sockets without a session, with a normal handshake. */
  attackers(count?: number): Promise<RawClient[]>;
  /** Runs an attack beside a normal user, and checks that neither the user nor the process suffers. */
  withstands(attack: () => Promise<void>): Promise<void>;
}

/** Starts `tradepost serve` in its own process, warmed up, for the tests of the file. */
export function useServerUnderAttack(): ServerUnderAttack {
  let server: ServingProcess;
  let baseline: number;

  const attackers = async (count = MANY): Promise<RawClient[]> => {
    // From several addresses, since one may have no more than 20 sockets without a session.
    const clients = await Promise.all(
      Array.from({ length: count }, (_, index) => rawConnect(server.origin, `127.0.0.${2 + Math.floor(index / 10)}`)),
    );
    onTestFinished(() => {
      for (const { socket } of clients) socket.destroy();
    });
    for (const { socket } of clients) socket.write(handshake());
    await vi.waitFor(() => expect(clients.map(({ status }) => status)).toEqual(clients.map(() => 101)), 10_000);
    return clients;
  };

  beforeAll(async () => {
    server = await serveInProcess({ DATABASE_URL: 'memory:' });
    // Memory for the first hashes and sockets is used once and does not count as growth.
    await register(server.origin);
    for (let round = 0; round < 20; round += 1) {
      const clients = await Promise.all(Array.from({ length: MANY }, () => rawConnect(server.origin)));
      for (const { socket } of clients) socket.write(handshake());
      await vi.waitFor(() => expect(clients.every(({ status }) => status === 101)).toBe(true), 10_000);
      for (const { socket } of clients) socket.destroy();
    }
    baseline = server.resident();
  });
  afterAll(async () => {
    expect(server.exited, server.output()).toBe(false);
    expect(await server.stop()).toBe(0);
  });

  return {
    get origin() {
      return server.origin;
    },
    get url() {
      return server.url;
    },
    attackers,
    withstands: async attack => {
      const bystander = await connect(server.url);
      let over = false;
      const attacking = attack().finally(() => {
        over = true;
      });
      // One after the other: each answer shows that the server still responds.
      let answers = 0;
      while (!over && answers < 50) {
        expect(await bystander.call('rpc.ping')).toBeNull();
        answers += 1;
      }
      await attacking;
      expect(await (await connect(server.url)).call('rpc.ping')).toBeNull();
      expect(server.exited, server.output()).toBe(false);
      const settled = { timeout: 20_000, interval: 100 };
      await vi.waitFor(() => expect(server.resident() - baseline).toBeLessThan(MOST_GROWTH), settled);
    },
  };
}
