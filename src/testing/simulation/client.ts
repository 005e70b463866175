import type { Caller } from '../../application/ports/driving/use-case.js';
import type { UseCases } from '../../application/ports/driving/use-cases.js';
import { TradepostError } from '../../domain/errors.js';
import { parsePassword } from '../../domain/password-policy.js';
import { LATEST_EFFECT } from './faults.js';
import type { SimulatedProcess } from './process.js';
import { ProcessEnded } from './process.js';
import type { Login, Person, World } from './world.js';
import { clockOf } from './world.js';

/** The result, or a code; `unknown` where the call may have taken effect. */
export type Answer<Result> =
  | { readonly code: 'ok'; readonly result: Result }
  | { readonly code: string; readonly result?: undefined };

/** Returns whether the call succeeded. */
export const isOk = <Result>(answer: Answer<Result>): answer is { readonly code: 'ok'; readonly result: Result } =>
  answer.code === 'ok';

/** Sends one request to a process and judges the error, if any. */
export async function send<Result>(
  { faults, trace, violation }: World,
  process: SimulatedProcess,
  what: string,
  run: (useCases: UseCases) => Promise<Result>,
): Promise<Answer<Result>> {
  const before = faults.count;
  const line = `${what} (${process.name})`;
  trace(line);
  try {
    const result = await process.call(run);
    trace(`${line}: ok`);
    return { code: 'ok', result };
  } catch (error) {
    const code = error instanceof TradepostError ? error.code : error instanceof ProcessEnded ? 'unknown' : 'internal';
    trace(`${line}: ${code}`);
    if (code === 'internal') violation(`${line} failed: ${error instanceof Error ? error.message : String(error)}`);
    if (code !== 'storage_unavailable') return { code };
    if (faults.count === before) violation(`${line} failed with storage_unavailable, and there was no fault`);
    return { code: 'unknown' };
  }
}

/** A client of one user: a browser or an app. It calls any process, and retries as a good client does. */
export class Client {
  private current: Login | null = null;

  constructor(
    readonly world: World,
    readonly person: Person,
    readonly name: string,
  ) {}

  /** Waits up to that many milliseconds. */
  pause(longest: number): Promise<void> {
    const { time, random } = this.world;
    return time.sleep(random.between(0, longest));
  }

  /** Returns the process that a request goes to. */
  pickProcess(): SimulatedProcess {
    return this.world.random.pick(this.world.processes);
  }

  /** Sends one request to a process and judges the error, if any. */
  send<Result>(
    what: string,
    run: (useCases: UseCases) => Promise<Result>,
    process: SimulatedProcess = this.pickProcess(),
  ): Promise<Answer<Result>> {
    return send(this.world, process, `${this.name} ${what}`, run);
  }

  /** Sends a request with the client's session, and logs in before where there is none. */
  async sendAuthenticated<Result>(
    what: string,
    run: (useCases: UseCases, caller: Caller) => Promise<Result>,
  ): Promise<Answer<Result>> {
    return this.sendWithToken(what, async (useCases, token) =>
      run(useCases, await useCases.authenticate.execute({ token })),
    );
  }

  /** The same for a use case that authenticates by itself. */
  async sendWithToken<Result>(
    what: string,
    run: (useCases: UseCases, token: string | null) => Promise<Result>,
  ): Promise<Answer<Result>> {
    const login = await this.login();
    const answer = await this.sendJudged(login, what, run);
    if (answer.code === 'unauthenticated' && this.current === login) this.current = null;
    return answer;
  }

  /** Sends a request with this session. */
  async sendWith<Result>(
    login: Login,
    what: string,
    run: (useCases: UseCases, caller: Caller) => Promise<Result>,
    process?: SimulatedProcess,
  ): Promise<Answer<Result>> {
    const authenticated = async (useCases: UseCases, token: string | null) =>
      run(useCases, await useCases.authenticate.execute({ token }));
    return this.sendJudged(login, what, authenticated, process);
  }

  /** Judges whether the session had to be accepted or refused. */
  private async sendJudged<Result>(
    login: Login,
    what: string,
    run: (useCases: UseCases, token: string | null) => Promise<Result>,
    process?: SimulatedProcess,
  ): Promise<Answer<Result>> {
    const { token, hasEnded } = login;
    const begun = clockOf(this.world);
    const answer = await this.send(what, useCases => run(useCases, token), process);
    const accepted = isOk(answer);
    if (accepted && hasEnded) this.world.violation(`${this.name} ${what}: a session was accepted after its end`);
    if (accepted && begun >= login.expiresAt)
      this.world.violation(`${this.name} ${what}: an expired session was accepted`);
    if (accepted) login.usedAt = Math.max(login.usedAt, begun);
    if (answer.code === 'unauthenticated' && !this.mayHaveEnded(login)) {
      this.world.violation(`${this.name} ${what}: a live session was refused`);
    }
    return answer;
  }

  /** Whether the session may be refused by now. */
  mayHaveEnded(login: Login): boolean {
    const { idleTimeout } = this.world.sessionPolicy;
    // The time of the last use is exact to the second.
    const idleAt = idleTimeout === null ? Number.POSITIVE_INFINITY : login.usedAt + (idleTimeout - 1) * 1000;
    return login.mayHaveEnded || clockOf(this.world) >= Math.min(login.expiresAt, idleAt);
  }

  /** Returns the client's session; logs in if there is none. */
  async login(): Promise<Login> {
    while (!this.current) {
      this.current = await this.tryToLogIn(null);
      if (!this.current) await this.pause(1000);
    }
    return this.current;
  }

  /** Logs in once more, to replace the session or beside it. */
  async logInAgain(): Promise<void> {
    const replaced = this.world.random.chance(0.5) ? this.current : null;
    this.current = (await this.tryToLogIn(replaced)) ?? this.current;
  }

  /** The client does not use its session any more. */
  forgetLogin(): void {
    this.current = null;
  }

  private async tryToLogIn(replaced: Login | null): Promise<Login | null> {
    const { world, person } = this;
    const { time, sessionPolicy } = world;
    const others = person.logins.filter(({ hasEnded }) => !hasEnded);
    // Beyond the cap each of them can be the one that the store ends, this one too if another login is late.
    const isBeyondCap = others.length >= sessionPolicy.maxPerUser;
    if (isBeyondCap) for (const other of others) other.mayHaveEnded = true;
    if (replaced) replaced.mayHaveEnded = true;
    const login: Login = {
      token: null,
      sessionId: null,
      expiresAt: 0,
      usedAt: clockOf(world),
      mayHaveEnded: isBeyondCap || person.revocations > 0 || time.now() < person.revocationUntil,
      hasEnded: false,
    };
    person.logins.push(login);
    const answer = await this.send('logs in', useCases =>
      useCases.login.execute({
        account: { username: person.user.username },
        password: parsePassword(person.password),
        userAgent: this.name,
        replaces: replaced?.token ?? null,
      }),
    );
    if (!isOk(answer)) {
      if (answer.code !== 'unknown') world.violation(`${this.name} could not log in: ${answer.code}`);
      return null;
    }
    login.token = answer.result.token;
    login.sessionId = answer.result.session.id;
    login.expiresAt = Date.parse(answer.result.session.expiresAt);
    if (replaced) replaced.hasEnded = true;
    return login;
  }

  /** Ends the client's own session. */
  async logOut(): Promise<void> {
    const login = await this.login();
    login.mayHaveEnded = true;
    const answer = await this.sendWith(login, 'logs out', (useCases, caller) => useCases.logout.execute({ caller }));
    if (isOk(answer)) login.hasEnded = true;
    this.expect('logs out', answer, []);
    this.current = null;
  }

  /** Ends another session of the user. */
  async revokeOne(): Promise<void> {
    const own = await this.login();
    const others = this.person.logins.filter(login => login !== own && login.sessionId && !login.hasEnded);
    if (others.length === 0) return;
    const login = this.world.random.pick(others);
    const id = login.sessionId;
    if (!id) return;
    login.mayHaveEnded = true;
    const answer = await this.sendAuthenticated('revokes one session', (useCases, caller) =>
      useCases.revokeSession.execute({ caller, id }),
    );
    if (isOk(answer) || answer.code === 'session_not_found') login.hasEnded = true;
    this.expect('revokes one session', answer, ['session_not_found']);
  }

  /** Ends all sessions of the user except the client's. */
  async revokeOthers(): Promise<void> {
    const own = await this.login();
    const { person, world } = this;
    const others = person.logins.filter(login => login !== own);
    const answered = others.filter(({ token }) => token !== null);
    for (const login of others) login.mayHaveEnded = true;
    person.revocations += 1;
    const answer = await this.sendWith(own, 'revokes all other sessions', (useCases, caller) =>
      useCases.revokeAllSessions.execute({ caller, exceptCurrent: true }),
    );
    if (isOk(answer)) for (const login of answered) login.hasEnded = true;
    else person.revocationUntil = Math.max(person.revocationUntil, world.time.now() + LATEST_EFFECT);
    person.revocations -= 1;
    if (answer.code === 'unauthenticated') this.current = null;
    this.expect('revokes all other sessions', answer, []);
  }

  /** Reports a code that this request cannot have. */
  expect(what: string, { code }: Answer<unknown>, codes: readonly string[]): void {
    if (!['ok', 'unknown', 'unauthenticated', ...codes].includes(code)) {
      this.world.violation(`${this.name} ${what}: unexpected ${code}`);
    }
  }
}
