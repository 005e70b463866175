import type { Bench, StageResult } from '../bench.js';
import { built } from '../built.js';
import { checkCookie, checkSameBytes, sampleOf, startBare } from '../contestants/bare.js';
import { type Contestant, startContestant, startTradepost } from '../contestants/contestant.js';
import { cookiesOf, PEERS, startPeerServer } from '../contestants/peers.js';
import { divided, listRequest, listRequestOf } from '../contestants/requests.js';
import { addEntries } from '../database/entries.js';
import { addPeople, type Person } from '../database/people.js';
import { type HttpRequest, LoadGenerator } from '../load/generator.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { alternate, rowColumns, summarise } from '../rounds.js';
import { httpMeasured } from './http.js';
import { type Ending, stage } from './stage.js';

export const REFERENCE = 'bare node:http, 2 queries';
const ENTRIES = 20;

/** `GET /trades` with a session cookie: everybody's page of 20 trades, over 32 connections. */
export const list = stage('list', measure);

interface Subject {
  readonly contestant: Contestant;
  readonly requests: readonly HttpRequest[];
}

async function measure({ postgres, pace }: Bench, ending: Ending): Promise<StageResult> {
  progress(`making ${pace.people} people with ${ENTRIES} trades each`);
  const url = await postgres.createDatabase();
  const people = await addPeople((await built.postgres()).postgres({ url }), pace.people);
  await addEntries(url, ENTRIES);
  const generator = ending.add(await LoadGenerator.http());
  const subjects = await startAll(url, people, ending);
  const measured = subjects.map(({ contestant, requests }) =>
    httpMeasured(generator, { contestant, databaseCpu: postgres.cpu, connections: divided(requests) }),
  );
  const rounds = await alternate(measured, pace);
  const rows = summarise(measured, rounds, REFERENCE);
  return { tables: [table('GET /trades, a page of 20, 32 connections', rowColumns('requests'), rows)] };
}

/** @throws Error unless all of them return what Tradepost returns. */
async function startAll(databaseUrl: string, people: readonly Person[], ending: Ending): Promise<Subject[]> {
  const own = people.map(listRequestOf);
  const [first, somebody] = [own[0], people[0]];
  if (!first || !somebody) throw new Error('nobody');
  const tradepost = ending.add(await startTradepost(databaseUrl));
  const sample = await sampleOf(tradepost, { list: first });
  const bare = [
    await startBare(REFERENCE, databaseUrl, sample),
    await startBare('the same, 1 joined query', databaseUrl, sample, { queries: 'joined' }),
    await startBare('the same, JSON by hand', databaseUrl, sample, { queries: 'raw' }),
  ].map(server => ending.add(server));
  for (const server of bare) {
    progress(`comparing bytes: ${server.name}`);
    await checkSameBytes(tradepost, server, () => own.slice(0, 10));
    await checkCookie(tradepost, server, somebody);
  }
  const express = ending.add(
    await startContestant('express 5, hand-written, 2 queries', 'express-hand-written', { databaseUrl, ...sample }),
  );
  const subjects = [tradepost, ...bare, express].map(contestant => ({ contestant, requests: own }));
  for (const peer of PEERS) {
    progress(`logging ${people.length} people in: ${peer.name}`);
    const contestant = ending.add(await startPeerServer(peer, databaseUrl));
    const cookies = await cookiesOf(contestant.origin, peer, people);
    subjects.push({ contestant, requests: [...cookies.values()].map(listRequest) });
    await checkSameBody(tradepost, contestant, listRequestOf(somebody), listRequest(cookies.get(somebody) ?? ''));
  }
  await checkSameBody(tradepost, express, first, first);
  return subjects;
}

async function checkSameBody(
  one: Contestant,
  other: Contestant,
  ours: HttpRequest,
  theirs: HttpRequest,
): Promise<void> {
  const bodyOf = async ({ origin }: Contestant, { path, headers }: HttpRequest): Promise<string> =>
    (await fetch(origin + path, { headers })).text();
  const [expected, found] = [await bodyOf(one, ours), await bodyOf(other, theirs)];
  if (expected !== found) throw new Error(`${other.name} returned another body:\n${found}\nnot\n${expected}`);
}
