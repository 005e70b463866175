import { parseTradeCursor } from '../../application/cursor.js';
import type { Storage } from '../../application/ports/driven/storage.js';
import type { Id } from '../../domain/id.js';
import { computeLivenessBounds } from '../../domain/session.js';
import type { TradeEntry } from '../../domain/trade.js';
import type { PageRead, Person, TradeIntent, Watcher, World } from './world.js';

/** More than any run records. */
const ALL = 100_000;

interface Stored {
  readonly logs: ReadonlyMap<Person, readonly TradeEntry[]>;
  readonly cards: ReadonlyMap<Person, readonly Id[]>;
}

/** Compares what clients saw with what the store holds at the end, and reports every difference. */
export async function checkInvariants(world: World, store: Storage): Promise<void> {
  const stored = await readAll(world, store);
  checkLogs(world, stored);
  checkIntents(world, stored);
  checkOwners(world, stored);
  for (const watcher of world.watchers) checkWatcher(world, stored, watcher);
  for (const page of world.pages) checkPage(world, stored, page);
}

/** Reports those of the watchers that have not received the newest entry of their log. */
export async function checkProgress(
  world: World,
  store: Storage,
  watchers: readonly Watcher[],
  moment: string,
): Promise<void> {
  const { logs } = await readAll(world, store);
  for (const { person, name, delivered, start } of watchers) {
    const newest = logs.get(person)?.at(-1)?.number ?? 0;
    const received = parseTradeCursor(delivered.at(-1)?.cursor ?? start ?? 't0');
    if (received !== newest) world.violation(`${name} has received ${received} of ${newest} entries ${moment}`);
  }
}

/** Reports watches of sessions whose end was acknowledged. */
export function checkEndedWatches({ watchers, violation }: World, moment: string): void {
  for (const { name, watching } of watchers) {
    if (watching?.hasEnded) violation(`${name} watches with an ended session ${moment}`);
  }
}

async function readAll({ people }: World, store: Storage): Promise<Stored> {
  const [logs, cards] = [new Map<Person, TradeEntry[]>(), new Map<Person, Id[]>()];
  for (const person of people) {
    const { id } = person.user;
    logs.set(person, await store.trades.entriesAfter(id, 0, ALL));
    const owned = await store.cards.list(id, { before: null, limit: ALL });
    cards.set(
      person,
      owned.map(card => card.id),
    );
  }
  return { logs, cards };
}

/** Numbers have no gaps, each trade is once in the logs of both parties, and a client proposed it. */
function checkLogs({ people, proposals, violation }: World, { logs }: Stored): void {
  for (const [person, entries] of logs) {
    const { username } = person.user;
    entries.forEach(({ number, tradeId, cardId, direction, counterparty }, index) => {
      if (number !== index + 1) violation(`the log of ${username} has number ${number} after ${index}`);
      if (!proposals.has(tradeId)) violation(`the log of ${username} has trade ${tradeId}, which no client requested`);
      const other = people.find(({ user }) => user.id === counterparty.id);
      const mirrored = (other && logs.get(other))?.filter(entry => entry.tradeId === tradeId) ?? [];
      const [mirror] = mirrored;
      const agrees =
        mirror?.cardId === cardId && mirror.direction !== direction && mirror.counterparty.id === person.user.id;
      if (mirrored.length !== 1 || !agrees) {
        violation(`trade ${tradeId} of ${username} is ${mirrored.length} times in the log of the other party`);
      }
    });
  }
}

/** Every acknowledged trade is recorded once; a key stands for one trade at most, a refused request for none. */
function checkIntents(world: World, { logs }: Stored): void {
  const { intents, proposals, violation } = world;
  const sent = (sender: Person): Id[] =>
    (logs.get(sender) ?? []).filter(({ direction }) => direction === 'sent').map(({ tradeId }) => tradeId);
  const claimed = new Set<Id>();
  for (const { key, sender, acknowledged, refused, isUncertain } of intents) {
    const what = `the request ${key ?? 'without a key'} of ${sender.user.username}`;
    for (const id of acknowledged) {
      const times = sent(sender).filter(each => each === id).length;
      if (times !== 1) violation(`${what}: the acknowledged trade ${id} is ${times} times in the log`);
      if (claimed.has(id)) violation(`${what}: trade ${id} was the answer to another request too`);
      claimed.add(id);
    }
    if (key === null) continue;
    const recorded = sent(sender).filter(id => proposals.get(id) === key);
    if (acknowledged.size > 1) violation(`${what} was answered with ${acknowledged.size} trades`);
    if (recorded.length > 1) violation(`${what} recorded ${recorded.length} trades`);
    if (refused && !isUncertain && recorded.length > 0) violation(`${what} was refused, and recorded a trade`);
  }
  checkUnkeyed(world, logs);
}

/** Without a key a request is sent once, so there are at most as many trades as requests. */
function checkUnkeyed({ intents, proposals, violation }: World, logs: Stored['logs']): void {
  const countOf = (select: (intent: TradeIntent) => boolean): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const { sender, cardId } of intents.filter(intent => intent.key === null && select(intent))) {
      const pair = `${sender.user.username} ${cardId}`;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    return counts;
  };
  const most = countOf(intent => !intent.refused);
  for (const [person, entries] of logs) {
    for (const { cardId, tradeId, direction } of entries) {
      if (direction !== 'sent' || proposals.get(tradeId) !== null) continue;
      const pair = `${person.user.username} ${cardId}`;
      const left = (most.get(pair) ?? 0) - 1;
      most.set(pair, left);
      if (left < 0) violation(`there are more trades without a key than requests: ${pair}`);
    }
  }
}

/** Each card has one owner: the one that its entries lead to from the user who added it. */
function checkOwners({ creators, people, violation }: World, { logs, cards }: Stored): void {
  const all = [...cards.values()].flat();
  for (const id of new Set([...all, ...creators.keys()])) {
    const owners = all.filter(each => each === id).length;
    if (owners !== 1) violation(`card ${id} has ${owners} owners`);
    if (!creators.has(id)) violation(`card ${id} was added, and no answer named it`);
  }
  for (const person of people) {
    for (const [id, creator] of creators) {
      let has = creator === person;
      for (const { cardId, direction, number } of logs.get(person) ?? []) {
        if (cardId !== id) continue;
        if (has !== (direction === 'sent')) {
          violation(
            `entry ${number} of ${person.user.username}: ${direction} card ${id} ${has ? 'again' : 'of another'}`,
          );
        }
        has = direction === 'received';
      }
      const owns = cards.get(person)?.includes(id) ?? false;
      if (owns !== has)
        violation(`${person.user.username} ${owns ? 'owns' : 'does not own'} card ${id}, unlike the log`);
    }
  }
}

/** Each entry after the first cursor was delivered once and in order, across all watches. */
function checkWatcher({ violation }: World, { logs }: Stored, { person, name, start, delivered }: Watcher): void {
  if (start === null) return;
  const log = logs.get(person) ?? [];
  const from = parseTradeCursor(start);
  delivered.forEach(({ cursor, tradeId }, index) => {
    const expected = log[from + index];
    if (expected?.tradeId !== tradeId || parseTradeCursor(cursor) !== expected.number) {
      violation(`${name} received ${cursor} (${tradeId}) where entry ${from + index + 1} was next`);
    }
  });
}

/** A page has the newest entries below its cursor, without gaps, and every trade acknowledged before. */
function checkPage(
  { violation }: World,
  { logs }: Stored,
  { person, after, limit, latest, tradeIds, known }: PageRead,
) {
  const log = logs.get(person) ?? [];
  const newest = parseTradeCursor(latest);
  const end = after === null ? newest : parseTradeCursor(after) - 1;
  const expected = log
    .slice(Math.max(0, end - limit), end)
    .map(({ tradeId }) => tradeId)
    .reverse();
  const page = `a page of ${person.user.username} (${after ?? 'first'} of ${latest})`;
  if (expected.join() !== tradeIds.join()) violation(`${page} has other trades than the log`);
  const missing = log.slice(newest).filter(({ tradeId }) => known.includes(tradeId));
  if (missing.length > 0) violation(`${page} lacks ${missing.length} trades that were acknowledged before`);
}

/** No user has more live sessions than the cap, at any time. */
export async function checkSessions({ people, sessionPolicy, time, violation }: World, store: Storage): Promise<void> {
  const bounds = computeLivenessBounds(time.clock.now(), sessionPolicy);
  for (const { user } of people) {
    const live = await store.sessions.list(user.id, bounds, { before: null, limit: ALL });
    if (live.length > sessionPolicy.maxPerUser) violation(`${user.username} has ${live.length} live sessions`);
  }
}
