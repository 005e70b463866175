import type { Bench, StageResult } from '../bench.js';
import { built } from '../built.js';
import type { Answer } from '../contestants/answer.js';
import { checkSameBytes, sampleOf, startBare } from '../contestants/bare.js';
import { type Contestant, startTradepost } from '../contestants/contestant.js';
import { CONNECTIONS, recordRequest } from '../contestants/requests.js';
import { addPairs, type Pair, returnCards } from '../database/pairs.js';
import { addPeople } from '../database/people.js';
import { LoadGenerator } from '../load/generator.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { alternate, rowColumns, summarise } from '../rounds.js';
import { httpMeasured } from './http.js';
import { type Ending, stage } from './stage.js';

const REFERENCE = 'bare, pg_notify in the statement';

/** `POST /trades`: over each of 32 connections two people hand a card to and fro. */
export const record = stage('record', measure);

interface Subject {
  readonly contestant: Contestant;
  readonly url: string;
}

async function measure({ postgres, pace }: Bench, ending: Ending): Promise<StageResult> {
  progress(`making ${CONNECTIONS} pairs of people`);
  const template = await postgres.createDatabase();
  const people = await addPeople((await built.postgres()).postgres({ url: template }), CONNECTIONS * 2);
  const pairs = await addPairs(template, people);
  const generator = ending.add(await LoadGenerator.http());
  const subjects = await startAll(() => postgres.createDatabase(template), pairs, ending);
  const measured = subjects.map(({ contestant, url }) =>
    httpMeasured(generator, {
      contestant,
      databaseCpu: postgres.cpu,
      connections: pairs.map(pair => toAndFro(contestant.origin, pair)),
      // Each load starts with the cards at their first owners.
      prepare: () => returnCards(url, pairs),
    }),
  );
  const rounds = await alternate(measured, pace);
  const rows = summarise(measured, rounds, REFERENCE);
  return { tables: [table('POST /trades, 32 connections', rowColumns('trades'), rows)] };
}

/**
 * Every server has a database of its own, because Tradepost would receive the notifications of the others. The same
 * trades are recorded by all first, to compare the answers.
 */
async function startAll(
  newDatabase: () => Promise<string>,
  pairs: readonly Pair[],
  ending: Ending,
): Promise<Subject[]> {
  const requests = (origin: string) => pairs.flatMap(pair => toAndFro(origin, pair).slice(0, 1));
  const url = await newDatabase();
  const tradepost = ending.add(await startTradepost(url));
  const [first] = requests(tradepost.origin);
  if (!first) throw new Error('no pairs');
  const sample = await sampleOf(tradepost, { record: first });
  const subjects: Subject[] = [{ contestant: tradepost, url }];
  for (const [name, telling] of [
    [REFERENCE, 'notify'],
    ['bare, nobody is told', 'nobody'],
  ] as const) {
    const own = await newDatabase();
    const contestant = ending.add(await startBare(name, own, sample, { telling }));
    subjects.push({ contestant, url: own });
    progress(`comparing bytes: ${name}`);
    await returnCards(url, pairs);
    await checkSameBytes(tradepost, contestant, origin => requests(origin).slice(0, 10), freshOfTrade);
  }
  return subjects;
}

/** A trade's id and time, which differ from one to the next. */
export function freshOfTrade({ body }: Answer): string[] {
  const { id, createdAt } = JSON.parse(body) as { id: string; createdAt: string };
  return [id, createdAt];
}

const toAndFro = (origin: string, { cardId, owner, other }: Pair) => [
  recordRequest(origin, owner, other, cardId),
  recordRequest(origin, other, owner, cardId),
];
