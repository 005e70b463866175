import type { Bench, StageResult } from '../bench.js';
import { built } from '../built.js';
import type { Answer } from '../contestants/answer.js';
import { headerOf } from '../contestants/answer.js';
import { checkSameBytes, sampleOf, startBare } from '../contestants/bare.js';
import { startTradepost } from '../contestants/contestant.js';
import { PEERS, startPeerServer } from '../contestants/peers.js';
import { divided, loginRequest } from '../contestants/requests.js';
import { addPeople } from '../database/people.js';
import { LoadGenerator } from '../load/generator.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { alternate, type Measured, rowColumns, summarise } from '../rounds.js';
import { httpMeasured } from './http.js';
import { type Ending, stage } from './stage.js';

const REFERENCE = 'bare node:http';

/** Tradepost's status for logins that would have to wait for too long. */
const OVERLOADED = 503;

/** `POST /login` over 32 connections. All contestants hash at Tradepost's default cost. */
export const login = stage('login', measure);

async function measure({ postgres, pace, quick }: Bench, ending: Ending): Promise<StageResult> {
  const count = quick ? 32 : 64;
  progress(`hashing passwords of ${count} people`);
  const url = await postgres.createDatabase();
  const people = await addPeople((await built.postgres()).postgres({ url }), count, { hashing: 'usual' });
  const [somebody] = people;
  if (!somebody) throw new Error('nobody');
  const generator = ending.add(await LoadGenerator.http());
  const tradepost = ending.add(await startTradepost(url));
  const sample = await sampleOf(tradepost, { login: loginRequest(tradepost.origin, somebody) });
  const bare = ending.add(await startBare(REFERENCE, url, sample));
  progress('comparing bytes');
  await checkSameBytes(tradepost, bare, origin => [loginRequest(origin, somebody)], freshOfLogin);

  const measured: Measured[] = [tradepost, bare].map(contestant => {
    const connections = divided(people.map(person => loginRequest(contestant.origin, person)));
    return httpMeasured(generator, { contestant, databaseCpu: postgres.cpu, connections, allowed: [OVERLOADED] });
  });
  // Without the variant with the cookie cache, which makes no difference to a login.
  for (const peer of quick ? [] : PEERS.filter(({ name }) => !name.includes('cache'))) {
    const contestant = ending.add(await startPeerServer(peer, url));
    const connections = divided(people.map(peer.loginOf));
    measured.push(httpMeasured(generator, { contestant, databaseCpu: postgres.cpu, connections }));
  }
  const rounds = await alternate(measured, pace);
  const columns = { ...rowColumns('logins'), refused: 'refused' };
  return { tables: [table('POST /login, 32 connections', columns, summarise(measured, rounds, REFERENCE))] };
}

/** A login's session and cookie, which differ from one to the next. */
export function freshOfLogin(answer: Answer): string[] {
  const { session } = JSON.parse(answer.body) as { session: Record<'id' | 'createdAt' | 'expiresAt', string> };
  const cookie = /=([^;]*)/.exec(headerOf(answer, 'set-cookie') ?? '')?.[1];
  if (!cookie) throw new Error(`a login without a cookie:\n${answer.bytes}`);
  return [session.id, session.createdAt, session.expiresAt, cookie];
}
