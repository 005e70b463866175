import type { Socket } from 'node:net';
import { expect, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createClient, type Watch } from '../../../src/adapters/client/index.js';
import type { StorageConnector, Tradepost } from '../../../src/index.js';
import { openTradepost, type Person, somebody } from '../library-users.js';
import { Relay } from '../relay.js';
import { serve } from '../sockets/socket-server.js';

export interface Disconnecting {
  readonly trades: number;
  readonly disconnects: number;
  /** Called while the watch is live, with the number of disconnects so far. */
  readonly whileLive?: (count: number) => Promise<void>;
}

export interface Outcome {
  /** Ids of trades in the order of delivery. */
  readonly received: string[];
  /** Ids of trades in the order of the user's log, as `trades.list` has it. */
  readonly log: string[];
  /** How often the watch stopped being live. */
  readonly lost: number;
}

/** The users that the user trades with. */
const PEOPLE = 4;

/**
 * Watches the trades of a user that another process records, while the connection is lost at random moments: the server's
 * socket is destroyed, or the network is cut between frames or inside one.
 */
export async function watchThroughDisconnects(
  storage: () => StorageConnector,
  { trades, disconnects, whileLive = async () => undefined }: Disconnecting,
): Promise<Outcome> {
  const here = await serve({ storage: storage() });
  const { tradepost: there } = await openTradepost(storage());
  onTestFinished(() => there.close());
  const sockets = serverSockets(here.server);
  const relay = new Relay(here.origin);
  const url = await relay.listen();
  onTestFinished(() => relay.close());

  const ann = await somebody(here.tradepost);
  const others = [];
  for (let each = 0; each < PEOPLE; each += 1) others.push(await somebody(here.tradepost));
  const { latest } = await here.tradepost.listTrades({ token: ann.token });

  // Another user's watch keeps the server listening for signals while this user is disconnected.
  const idle = await here.tradepost.watchTrades({ token: (await somebody(here.tradepost)).token }, () => undefined);
  onTestFinished(idle);

  const received: string[] = [];
  let lost = 0;
  const client = createClient({ url, token: ann.token, WebSocket, backoff: () => Math.random() * 10 });
  const watch = client.watchTrades(({ id }) => void received.push(id), {
    after: latest,
    onState: state => {
      if (state === 'waiting') lost += 1;
    },
  });

  const ways = [() => relay.cut(), () => relay.cutNextFrame(), () => sockets.forEach(socket => void socket.destroy())];
  // Trades wait for the disconnects, so that there are trades between any two of them.
  let due = 1;
  const isDue = (recorded: number): boolean => recorded * (disconnects + 1) <= due * trades;
  const disconnecting = (async () => {
    while (lost < disconnects) {
      await isLive(watch);
      await whileLive(lost);
      await new Promise(resolve => setTimeout(resolve, Math.random() * 10));
      const before = lost;
      // Provides a frame to cut.
      due = lost + 2;
      ways[Math.floor(Math.random() * ways.length)]?.();
      await vi.waitFor(() => expect(lost).toBeGreaterThan(before), { timeout: 20_000, interval: 1 });
    }
  })();
  await Promise.all([disconnecting, record(there, ann, others, trades, isDue)]);

  await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(trades), { timeout: 20_000, interval: 10 });
  const log = await logOf(there, ann);
  watch.stop();
  return { received, log, lost };
}

const isLive = (watch: Watch): Promise<void> =>
  vi.waitFor(() => expect(watch.state).toBe('live'), { timeout: 20_000, interval: 1 });

function serverSockets(server: { on(event: 'connection', listener: (socket: Socket) => void): unknown }): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return sockets;
}

/** Trades one card with each of the others back and forth, with all of them at the same time. */
async function record(
  tradepost: Tradepost,
  ann: Person,
  others: readonly Person[],
  trades: number,
  isDue: (recorded: number) => boolean,
): Promise<void> {
  let begun = 0;
  const play = async (other: Person): Promise<void> => {
    const { id: cardId } = await tradepost.addCard({ token: ann.token, name: 'Ball' });
    for (let [from, to] = [ann, other]; begun < trades; [from, to] = [to, from]) {
      begun += 1;
      const turn = begun;
      while (!isDue(turn)) await new Promise(resolve => setTimeout(resolve, 1));
      await tradepost.recordTrade({ token: from.token, cardId, recipient: { id: to.id } });
    }
  };
  await Promise.all(others.map(play));
}

async function logOf(tradepost: Tradepost, { token }: Person): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const page = await tradepost.listTrades({ token, limit: 100, ...(after === undefined ? {} : { after }) });
    ids.push(...page.items.map(({ id }) => id));
    after = page.next;
  }
  return ids.reverse();
}
