import type { Storage } from '../../application/ports/driven/storage.js';
import { parseEmailAddress } from '../../domain/email-address.js';
import { parsePassword } from '../../domain/password-policy.js';
import { parsePersonName, parseUsername } from '../../domain/user.js';
import { isOk, send } from './client.js';
import type { FaultRates } from './faults.js';
import { ANSWER_TIMEOUT, CALM, LATEST_EFFECT } from './faults.js';
import { checkEndedWatches, checkInvariants, checkProgress, checkSessions } from './invariants.js';
import type { SeededRandom } from './random.js';
import { Trader } from './trader.js';
import { WatchingClient } from './watching-client.js';
import type { Person, World } from './world.js';

const NAMES = ['ann', 'bob', 'cyd', 'dan'];

/** Milliseconds. Watches have caught up this long after the last fault: two periodic checks, given up calls included. */
const RECOVERY = 2 * (2000 + ANSWER_TIMEOUT);

/** Milliseconds within which trades and ends of sessions reach their watchers while nothing fails. */
const PROMPT = 1000;

/** The rates of one run. In a third of the runs nothing fails. */
function drawRates(random: SeededRandom): FaultRates {
  const scale = random.pick([0, 0.3, 1]);
  const draw = (most: number): number => random.next() * most * scale;
  return {
    cutBefore: draw(0.1),
    cutAfter: draw(0.15),
    lost: draw(0.05),
    stuck: draw(0.05),
    cutWithin: draw(0.1),
    signalLost: scale === 0 ? 0 : random.pick([0, 0.2, 1]),
    signalRepeated: random.pick([0, 0.2]),
    latency: random.pick([2, 20, 200]),
    signalDelay: random.pick([5, 100, 2000]),
  };
}

/** Trouble first, then calm, in which everything has to come right; then compares the store with what clients saw. */
export async function play(world: World, store: Storage): Promise<void> {
  const { random, processes, faults, time } = world;
  for (const process of processes) process.start();
  faults.rates = drawRates(random);
  let isTroubled = true;
  const mayLeave = (): boolean => isTroubled;
  for (const name of NAMES.slice(0, random.between(2, NAMES.length))) await register(world, store, name);

  const watching = world.people.map(person => new WatchingClient(world, person, `${person.user.username}'s watcher`));
  const traders = world.people.flatMap(person =>
    ['phone', 'desk']
      .slice(0, random.between(1, 2))
      .map(device => new Trader(world, person, `${person.user.username}'s ${device}`)),
  );
  const watches = watching.map(client => client.watch(mayLeave));
  const disturbances = disturb(world, store, mayLeave);
  await Promise.all(traders.map(trader => trader.act(random.between(4, 10))));
  isTroubled = false;
  await disturbances;

  world.trace('the faults end');
  faults.rates = CALM;
  await time.sleep(LATEST_EFFECT + RECOVERY);
  await allWatch(world);
  checkEndedWatches(world, 'after the last fault');
  await checkProgress(world, store, world.watchers, 'after the last fault');
  await checkPromptness(world, store, traders);
  for (const client of watching) client.stop();
  await Promise.all(watches);
  await checkInvariants(world, store);
}

/** Registers a user. After a lost answer a repetition finds the address taken. */
async function register(world: World, store: Storage, name: string): Promise<void> {
  const { random, processes, time, people, violation } = world;
  const input = {
    email: parseEmailAddress(`${name}@example.org`),
    username: parseUsername(name),
    name: parsePersonName(name.toUpperCase()),
    password: parsePassword('seven kites over the harbour'),
  };
  for (let isUncertain = false; ; isUncertain = true) {
    const answer = await send(world, random.pick(processes), `${name} registers`, useCases =>
      useCases.registerUser.execute(input),
    );
    if (isOk(answer) || (isUncertain && answer.code === 'email_taken')) break;
    if (answer.code !== 'unknown') violation(`${name} could not register: ${answer.code}`);
    await time.sleep(random.between(0, 1000));
  }
  const account = await store.users.findAccount({ username: input.username });
  if (!account) return violation(`${name} registered, and there is no account`);
  const person: Person = {
    user: account.user,
    password: input.password,
    logins: [],
    revocations: 0,
    revocationUntil: 0,
  };
  people.push(person);
}

/** Crashes processes, sets the clock forward and sweeps, as long as `isTroubled` returns true. */
async function disturb(world: World, store: Storage, isTroubled: () => boolean): Promise<void> {
  const { random, time, processes, trace } = world;
  const crashes = random.pick([0, 0, 0.3]);
  const jumps = random.pick([0, 0, 0.2]);
  while (isTroubled()) {
    await time.sleep(random.between(0, 1500));
    await checkSessions(world, store);
    const process = random.pick(processes);
    const drawn = random.next();
    if (drawn < crashes) {
      trace(`${process.name} crashes`);
      process.crash();
      await time.sleep(random.between(0, 2000));
      process.start();
    } else if (drawn < crashes + jumps) {
      const seconds = random.pick([20, 40, 1200, 1900]);
      trace(`the clock is set forward by ${seconds} s`);
      time.jump(seconds * 1000);
    } else {
      // Fails where the store does. The next one tries again.
      await process.sweep().catch(() => undefined);
    }
  }
}

/** While nothing fails, a trade reaches its watchers within a second, and the end of a session its watches. */
async function checkPromptness(world: World, store: Storage, traders: readonly Trader[]): Promise<void> {
  const { time } = world;
  const before = world.watchers.map(watcher => ({ watcher, watching: watcher.watching }));
  for (const trader of traders) await trader.giveNewCard();
  await time.sleep(PROMPT);
  // Sessions also expire while nothing fails.
  const steady = before.filter(({ watcher, watching }) => watching !== null && watcher.watching === watching);
  const watchers = steady.map(({ watcher }) => watcher);
  await checkProgress(world, store, watchers, 'a second after a trade');
  for (const trader of traders) await trader.revokeOthers();
  await time.sleep(PROMPT);
  checkEndedWatches(world, 'a second after its end');
}

/** Waits until every watcher watches. A watch that has just ended is resumed within a second. */
async function allWatch({ watchers, time, violation }: World): Promise<void> {
  for (let tries = 0; watchers.some(({ watching }) => !watching); tries += 1) {
    if (tries === 50) return violation('a watch was not resumed within 5 s while nothing failed');
    await time.sleep(100);
  }
}
