import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createClient } from '../../../src/adapters/client/index.js';
import { times } from '../../../src/testing/storage-conformance/fixtures.js';
import { addCard, program, register } from '../../support/http/http-users.js';
import { send } from '../../support/http/requests.js';
import { Relay } from '../../support/relay.js';
import { type ServingProcess, serveInProcess } from '../../support/servers/processes.js';
import { describeMongo } from '../../support/stores/mongo-database.js';

/** `TEST_OUTAGES=50` for the long form, which takes 8 to 12 minutes. */
const isLong = process.env.TEST_OUTAGES !== undefined;
const OUTAGES = Number(process.env.TEST_OUTAGES ?? 3);
const SERVERS = isLong ? 4 : 2;
/** Milliseconds. */
const SHORTEST = 1000;
const LONGEST = isLong ? 10_000 : 2000;
const LIMIT = 10_000;

interface Round {
  readonly how: string;
  readonly outage: number;
  /** Milliseconds from the end of the outage to each server's first trade, and to the delivery of all trades by it. */
  readonly serves: readonly number[];
  readonly delivers: readonly number[];
}

describeMongo('outages of MongoDB', ({ url, database }) => {
  it(`${OUTAGES} times: each of ${SERVERS} servers serves and delivers within 10 s`, {
    timeout: 60_000 + OUTAGES * (LONGEST + 30_000),
  }, async () => {
    const relay = new Relay(url);
    const location = new URL(await relay.listen());
    location.pathname = `/${database}`;
    const variables = { DATABASE_URL: location.href, RATE_LIMITS: 'off' };
    const servers: ServingProcess[] = [];
    onTestFinished(async () => {
      await Promise.all(servers.map(server => server.stop()));
      await relay.close();
    });
    for (const _ of times(SERVERS)) servers.push(await serveInProcess(variables));

    const [{ origin }] = servers as [ServingProcess];
    const [ann, bob] = [await register(origin), await register(origin)];
    const [ofAnn, ofBob] = [await program(origin, ann), await program(origin, bob)];
    const token = ofBob.authorization.replace('Bearer ', '');
    const cards = await Promise.all(servers.map(() => addCard(origin, ofAnn)));
    const delivered = servers.map(server => {
      const trades: string[] = [];
      const client = createClient({ url: server.origin, token, WebSocket, backoff: () => 50 });
      const watch = client.watchTrades(({ id }) => void trades.push(id), { after: 't0' });
      onTestFinished(() => watch.stop());
      return trades;
    });

    const made: string[] = [];
    /** Trades through one server until it takes the trade. Cards go from Ann to Bob and back. */
    const trade = async (index: number, round: number): Promise<void> => {
      const [headers, recipient] = round % 2 === 0 ? [ofAnn, bob.id] : [ofBob, ann.id];
      const body = { cardId: cards[index], recipient: { id: recipient } };
      const request = {
        method: 'POST',
        headers: { ...headers, 'idempotency-key': `${round}-${index}` },
        body,
      };
      for (;;) {
        const answer = await send(servers[index]?.origin ?? '', '/trades', request);
        if (answer.status === 201) return void made.push(answer.json.id);
        // Nothing else may be answered during an outage.
        expect(answer).toMatchObject({ status: 503, json: { code: 'storage_unavailable' } });
        await sleep(50);
      }
    };

    const rounds: Round[] = [];
    for (let round = 0; round < OUTAGES; round += 1) {
      const how = round % 2 === 0 ? 'closing' : 'refusing';
      const outage = Math.round(SHORTEST + Math.random() * (LONGEST - SHORTEST));
      await relay.shut(how);
      await sleep(outage);
      await relay.restore();
      const started = performance.now();
      const since = () => Math.round(performance.now() - started);
      const serves = await Promise.all(servers.map((_, index) => trade(index, round).then(since)));
      const delivers = await Promise.all(
        delivered.map(trades =>
          vi
            .waitFor(() => expect(trades.length).toBeGreaterThanOrEqual(made.length), { timeout: 30_000, interval: 10 })
            .then(since),
        ),
      );
      rounds.push({ how, outage, serves, delivers });
      if (isLong) console.info(`${round + 1} ${how} ${outage} ms: serves ${serves}, delivers ${delivers}`);
      await sleep(500 + Math.random() * 500);
    }

    if (isLong) {
      const replaced = servers.map(({ output }) => output().split('was replaced').length - 1);
      console.info(table(rounds), `\nclients replaced, by server: ${replaced}`);
    }
    for (const trades of delivered) expect([...trades].sort()).toEqual([...made].sort());
    for (const round of rounds) {
      expect(Math.max(...round.serves, ...round.delivers), JSON.stringify(round)).toBeLessThan(LIMIT);
    }
  });
});

/** Median, 90th percentile and maximum, in milliseconds after the end of the outage. */
function table(rounds: readonly Round[]): string {
  const row = (how: string, name: 'serves' | 'delivers'): string => {
    const all = rounds
      .filter(round => round.how === how)
      .flatMap(round => round[name])
      .sort((one, other) => one - other);
    const at = (part: number): number => all[Math.min(all.length - 1, Math.floor(all.length * part))] ?? 0;
    return `| ${how} | ${name} | ${all.length} | ${at(0.5)} | ${at(0.9)} | ${at(1)} |`;
  };
  const rows = ['closing', 'refusing'].flatMap(how => [row(how, 'serves'), row(how, 'delivers')]);
  return ['| connections | | times | median | 90 % | longest |', '|---|---|---|---|---|---|', ...rows].join('\n');
}
