import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClient, type Watch, type WatchState } from '../../src/adapters/client/index.js';
import { type FakeSocket, fakeNetwork, soon } from '../support/client/fake-socket.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(async () => {
  await vi.advanceTimersByTimeAsync(1000);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

interface Watching {
  readonly watch: Watch;
  readonly trades: string[];
  readonly states: WatchState[];
}

function client() {
  const network = fakeNetwork();
  const { WebSocket } = network;
  const { watchTrades } = createClient({ url: 'http://localhost', token: 'ann', WebSocket, backoff: () => 100 });
  const watching = async (after?: string): Promise<Watching> => {
    const [trades, states]: [string[], WatchState[]] = [[], []];
    const place = after === undefined ? {} : { after };
    const watch = watchTrades((_trade, cursor) => void trades.push(cursor), {
      ...place,
      onState: state => void states.push(state),
    });
    await soon();
    return { watch, trades, states };
  };
  const open = (): FakeSocket[] => network.sockets.filter(({ isOver }) => !isOver);
  return { network, watching, open };
}

const live = { states: ['connecting', 'live'] };

describe('watches of one client', () => {
  it('with the same cursor share a socket, which closes with the last of them', async () => {
    const { network, watching, open } = client();
    const watches = [await watching(), await watching()];
    await network.socket.goLive('t5');
    watches.push(await watching('t5'));
    network.socket.tell(6);
    watches.push(await watching('t6'));
    network.socket.tell(7);
    await soon();
    expect(network.sockets).toHaveLength(1);
    expect(watches.map(({ trades }) => trades)).toEqual([['t6', 't7'], ['t6', 't7'], ['t6', 't7'], ['t7']]);
    expect(watches.map(({ states }) => states)).toEqual([live.states, live.states, ['live'], ['live']]);
    for (const { watch } of watches) {
      expect(open()).toHaveLength(1);
      watch.stop();
    }
    expect(open()).toHaveLength(0);
  });

  it('one that stops does not affect the others', async () => {
    const { network, watching } = client();
    const [first, second] = [await watching(), await watching()];
    await network.socket.goLive('t5');
    first.watch.stop();
    network.socket.tell(6);
    await soon();
    expect([first.trades, second.trades]).toEqual([[], ['t6']]);
    second.watch.stop();
  });

  it('one that has to catch up has its own socket until it has caught up', async () => {
    const { network, watching, open } = client();
    const first = await watching();
    await network.socket.goLive('t5');
    const late = await watching('t2');
    expect(open()).toHaveLength(2);
    const [main, side] = network.sockets;
    await side?.goLive('t2');
    side?.tell(3);
    main?.tell(6);
    for (const number of [4, 5]) side?.tell(number);
    await soon();
    expect(open()).toHaveLength(2);
    side?.tell(6);
    await soon();
    expect(open()).toEqual([side]);
    // What still arrives over the other socket is ignored.
    main?.tell(7);
    side?.tell(7);
    await soon();
    expect(first).toMatchObject({ trades: ['t6', 't7'], ...live });
    expect(late).toMatchObject({ trades: ['t3', 't4', 't5', 't6', 't7'], ...live });
    expect([first.watch.cursor, late.watch.cursor]).toEqual(['t7', 't7']);
    first.watch.stop();
    late.watch.stop();
  });

  it('one that is ahead is joined when the other has caught up', async () => {
    const { network, watching, open } = client();
    const behind = await watching('t5');
    await network.socket.goLive('t5');
    const ahead = await watching('t7');
    const [main, side] = network.sockets;
    await side?.goLive('t7');
    for (const number of [6, 7]) main?.tell(number);
    await soon();
    expect(open()).toEqual([main]);
    main?.tell(8);
    await soon();
    expect([behind.trades, ahead.trades]).toEqual([['t6', 't7', 't8'], ['t8']]);
    behind.watch.stop();
    ahead.watch.stop();
  });

  it('one without a cursor joins the others as soon as it has one', async () => {
    const { network, watching, open } = client();
    const first = await watching();
    await network.socket.goLive('t5');
    const second = await watching();
    await network.socket.goLive('t5');
    expect(open()).toEqual([network.socket]);
    network.socket.tell(6);
    await soon();
    expect([first, second]).toMatchObject([
      { trades: ['t6'], ...live },
      { trades: ['t6'], ...live },
    ]);
    first.watch.stop();
    second.watch.stop();
  });

  it('one whose connection is lost joins another', async () => {
    const { network, watching, open } = client();
    const lost = await watching();
    await network.socket.goLive('t5');
    network.socket.end(1006);
    await soon();
    const other = await watching('t4');
    await network.socket.goLive('t4');
    network.socket.tell(5);
    await soon();
    expect(lost.states).toEqual(['connecting', 'live', 'waiting', 'live']);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(network.sockets).toHaveLength(2);
    network.socket.tell(6);
    await soon();
    expect([lost.trades, other.trades]).toEqual([['t6'], ['t5', 't6']]);
    expect(open()).toHaveLength(1);
    lost.watch.stop();
    other.watch.stop();
  });

  it('is not joined with one that was stopped just before it was live', async () => {
    const { network, watching } = client();
    const first = await watching();
    await network.socket.goLive('t5');
    const [main] = network.sockets;
    const second = await watching();
    network.socket.open();
    network.socket.answer('sessions.resume', { user: { id: 'ann' } });
    await soon();
    network.socket.answer('trades.watch', { cursor: 't5' });
    second.watch.stop();
    await soon();
    main?.tell(6);
    await soon();
    expect(first.trades).toEqual(['t6']);
    first.watch.stop();
  });

  it('end together, and one that is started at the end of another gets its own end', async () => {
    const network = fakeNetwork();
    const client = createClient({ url: 'http://localhost', token: 'ann', WebSocket: network.WebSocket });
    const ends: string[] = [];
    const again = (): void => {
      ends.push('first');
      client.watchTrades(() => undefined, { after: 't5', onEnd: () => ends.push('again') });
    };
    client.watchTrades(() => undefined, { onEnd: again });
    client.watchTrades(() => undefined, { onEnd: () => ends.push('second') });
    await soon();
    await network.socket.goLive('t5');
    network.socket.end(4401);
    await soon();
    expect(ends).toEqual(['first', 'second']);
    network.socket.end(4401);
    await soon();
    expect(ends).toEqual(['first', 'second', 'again']);
  });
});
