import { Client, isOk } from './client.js';
import type { Login, Person, Watcher, World } from './world.js';

/** A client that watches the trades of its user, and resumes where it was whenever a watch ends. */
export class WatchingClient extends Client {
  readonly watcher: Watcher;
  private endCurrent: () => void = () => undefined;
  private isStopping = false;

  constructor(world: World, person: Person, name: string) {
    super(world, person, name);
    this.watcher = { person, name, start: null, delivered: [], watching: null };
    world.watchers.push(this.watcher);
  }

  /** Watches until `stop` is called. While `mayLeave` returns true, now and then ends a watch by itself. */
  async watch(mayLeave: () => boolean): Promise<void> {
    while (!this.isStopping) {
      await this.watchOnce(mayLeave);
      if (!this.isStopping) await this.pause(800);
    }
  }

  stop(): void {
    this.isStopping = true;
    this.endCurrent();
  }

  private async watchOnce(mayLeave: () => boolean): Promise<void> {
    const { watcher, world } = this;
    const login = await this.login();
    const process = this.pickProcess();
    const connection = new Connection();
    this.endCurrent = () => connection.end();
    const forgetCrash = process.whenCrashed(() => connection.end());
    const after = watcher.delivered.at(-1)?.cursor ?? watcher.start;
    const answer = await this.sendWith(
      login,
      `watches from ${after ?? 'now'}`,
      (useCases, caller) =>
        useCases.watchTrades.execute({
          caller,
          after,
          onTrade: ({ trade, cursor }) => this.receive(cursor, trade.id, connection),
          onEnd: ({ code }) => this.onEnd(code, login, connection),
        }),
      process,
    );
    this.expect('watches', answer, []);
    if (isOk(answer) && connection.isOpen && !this.isStopping) {
      watcher.start ??= answer.result.cursor;
      watcher.watching = login;
      answer.result.begin();
      if (world.random.chance(0.5)) this.leaveLater(connection, mayLeave);
      await connection.ended;
    } else if (answer.code === 'unauthenticated') this.forgetLogin();
    watcher.watching = null;
    forgetCrash();
    if (isOk(answer)) answer.result.stop();
  }

  private receive(cursor: string, tradeId: Watcher['delivered'][number]['tradeId'], connection: Connection) {
    const { time, random, trace, violation } = this.world;
    trace(`${this.name} receives ${cursor} ${tradeId}`);
    if (!connection.isOpen) violation(`${this.name} received a trade after the end of its watch`);
    this.watcher.delivered.push({ cursor, tradeId });
    // Some clients need time for a trade.
    return random.chance(0.3) ? time.sleep(random.between(0, 50)) : undefined;
  }

  private onEnd(code: string, login: Login, connection: Connection): void {
    const { trace, violation } = this.world;
    trace(`${this.name}: the watch ends with ${code}`);
    if (code !== 'unauthenticated') violation(`${this.name}: the watch ended with ${code}`);
    else if (!this.mayHaveEnded(login)) violation(`${this.name}: the watch of a live session ended`);
    this.forgetLogin();
    connection.end();
  }

  private leaveLater(connection: Connection, mayLeave: () => boolean): void {
    const { time, random } = this.world;
    time.after(random.between(0, 8000), () => {
      if (mayLeave()) connection.end();
    });
  }
}

/** One watch as the client sees it. */
class Connection {
  isOpen = true;
  private settle: () => void = () => undefined;
  readonly ended = new Promise<void>(resolve => {
    this.settle = resolve;
  });

  end(): void {
    this.isOpen = false;
    this.settle();
  }
}
