import type { Bench, StageResult } from '../bench.js';
import { built } from '../built.js';
import { type Contestant, socketUrlOf, startContestant, startTradepost } from '../contestants/contestant.js';
import { CONNECTIONS } from '../contestants/requests.js';
import { processCpu } from '../cpu.js';
import { addEntries } from '../database/entries.js';
import { addPeople } from '../database/people.js';
import { LoadGenerator } from '../load/generator.js';
import { ask, openSocket } from '../load/sockets.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { alternate, type Measured, rowColumns, summarise } from '../rounds.js';
import { type Ending, stage } from './stage.js';

const REFERENCE = 'bare ws, 2 queries';
const CALL = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'trades.list', params: {} });

/** `trades.list` over 32 sockets, each with one call at a time. */
export const socketList = stage('socket-list', measure);

async function measure({ postgres, pace }: Bench, ending: Ending): Promise<StageResult> {
  progress(`making ${CONNECTIONS} people with 20 trades each`);
  const url = await postgres.createDatabase();
  const people = await addPeople((await built.postgres()).postgres({ url }), CONNECTIONS);
  await addEntries(url, 20);
  const tokens = people.map(({ token }) => token);
  const generator = ending.add(await LoadGenerator.sockets());
  const tradepost = ending.add(await startTradepost(url));
  const bare = ending.add(await startContestant(REFERENCE, 'bare-sockets', { databaseUrl: url }));
  progress('comparing answers');
  for (const token of tokens.slice(0, 10)) await checkSameText(tradepost, bare, token);

  const measured = [tradepost, bare].map(
    (contestant): Measured => ({
      name: contestant.name,
      cpu: processCpu(contestant.pid),
      databaseCpu: postgres.cpu,
      load: seconds => generator.run({ url: socketUrlOf(contestant), tokens, text: CALL, seconds }),
    }),
  );
  const rows = summarise(measured, await alternate(measured, pace), REFERENCE);
  return { tables: [table('trades.list over WebSocket, a page of 20, 32 sockets', rowColumns('calls'), rows)] };
}

/** @throws Error unless both return the same text to the call. */
export async function checkSameText(one: Contestant, other: Contestant, token: string): Promise<void> {
  const answerOf = async (contestant: Contestant): Promise<string> => {
    const socket = await openSocket(socketUrlOf(contestant), token);
    const text = await ask(socket, CALL);
    socket.terminate();
    return text;
  };
  const [expected, found] = [await answerOf(one), await answerOf(other)];
  if (expected !== found) throw new Error(`${other.name} returned another text:\n${found}\nnot\n${expected}`);
}
