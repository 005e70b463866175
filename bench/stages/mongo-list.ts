import type { Bench, StageResult } from '../bench.js';
import { built } from '../built.js';
import { checkCookie, checkSameBytes, sampleOf, startBare } from '../contestants/bare.js';
import { startTradepost } from '../contestants/contestant.js';
import { divided, listRequestOf } from '../contestants/requests.js';
import { addMongoEntries, createMongoDatabase } from '../database/mongo.js';
import { addPeople } from '../database/people.js';
import { LoadGenerator } from '../load/generator.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { alternate, rowColumns, summarise } from '../rounds.js';
import { httpMeasured } from './http.js';
import { type Ending, stage } from './stage.js';

const REFERENCE = 'bare node:http and mongodb, 2 commands';

/** `GET /trades` on MongoDB, with a tenth of the people of `list`. */
export const mongoList = stage('mongo-list', measure);

async function measure({ pace, mongoUrl }: Bench, ending: Ending): Promise<StageResult> {
  if (mongoUrl === undefined) return { tables: [], leftOut: ['mongo-list: TEST_MONGODB_URL is not set'] };
  const count = pace.people / 10;
  progress(`making ${count} people with 20 trades each`);
  const { url, db } = ending.add(await createMongoDatabase(mongoUrl));
  const people = await addPeople((await built.mongo()).mongo({ url }), count);
  await addMongoEntries(db, 20);
  const [somebody] = people;
  if (!somebody) throw new Error('nobody');
  const requests = people.map(listRequestOf);
  const generator = ending.add(await LoadGenerator.http());
  const tradepost = ending.add(await startTradepost(url));
  const sample = await sampleOf(tradepost, { list: listRequestOf(somebody) });
  const bare = ending.add(await startBare(REFERENCE, url, sample, { module: 'bare-mongo' }));
  progress('comparing bytes');
  await checkSameBytes(tradepost, bare, () => requests.slice(0, 10));
  await checkCookie(tradepost, bare, somebody);
  const measured = [tradepost, bare].map(contestant =>
    httpMeasured(generator, { contestant, databaseCpu: () => null, connections: divided(requests) }),
  );
  const rows = summarise(measured, await alternate(measured, pace), REFERENCE);
  const { databaseCpu, ...columns } = rowColumns('requests');
  return { tables: [table('GET /trades on MongoDB, a page of 20, 32 connections', columns, rows)] };
}
