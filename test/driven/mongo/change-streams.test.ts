import { randomUUID } from 'node:crypto';
import { UUID } from 'mongodb';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createClient, openDb } from '../../../src/adapters/driven/mongo/client.js';
import { MongoSignals, openChanges } from '../../../src/adapters/driven/mongo/mongo-signals.js';
import type { Signal } from '../../../src/index.js';
import { type Command, ScriptedServer } from '../../support/stores/scripted-server.js';

const SOON = { timeout: 4000, interval: 5 };
const CURSOR = 7n;

/** A server with change streams. Like MongoDB it sends a token with every answer, and events where there are any. */
class ChangingServer {
  readonly commands: Command[] = [];
  /** Errors with which the next command of a name is answered. */
  readonly refusals = new Map<string, { code: number; labels?: string[] }>();
  private readonly events: object[] = [];
  private answer: ((batch: object) => void) | undefined;
  private tokens = 0;
  private readonly server = new ScriptedServer(command => this.onCommand(command));

  /** The adapter's signals, on the real driver. */
  async signals(): Promise<{ signals: MongoSignals; heard: Signal[]; listen: () => () => void }> {
    const client = createClient(await this.server.listen());
    const signals = new MongoSignals(() => openChanges(openDb(client, 'changing')));
    onTestFinished(async () => {
      signals.close();
      await client.close();
      await this.server.close();
    });
    const heard: Signal[] = [];
    return { signals, heard, listen: () => signals.subscribe(signal => void heard.push(signal)) };
  }

  happen(event: object): void {
    this.tokens += 1;
    this.events.push({ _id: { _data: `event ${this.tokens}` }, ...event });
    this.answer?.(this.batch('nextBatch'));
  }

  cut(): void {
    this.answer = undefined;
    this.server.cut();
  }

  named(name: string): Command[] {
    return this.commands.filter(command => name in command);
  }

  private onCommand(command: Command): Promise<object> | object {
    this.commands.push(command);
    for (const [name, { code, labels = [] }] of this.refusals) {
      if (!(name in command)) continue;
      this.refusals.delete(name);
      return { ok: 0, code, errmsg: 'scripted', errorLabels: labels };
    }
    if ('aggregate' in command) return this.batch('firstBatch');
    if (!('getMore' in command)) return { ok: 1 };
    if (this.events.length > 0) return this.batch('nextBatch');
    return new Promise(resolve => {
      this.answer = resolve;
    });
  }

  private batch(name: string): object {
    this.answer = undefined;
    const events = this.events.splice(0);
    const postBatchResumeToken = { _data: `token ${this.tokens}` };
    return { ok: 1, cursor: { id: CURSOR, ns: 'changing.$cmd.aggregate', [name]: events, postBatchResumeToken } };
  }
}

const entryOf = (userId: string) => ({
  operationType: 'insert',
  fullDocument: { userId: new UUID(userId) },
  documentKey: { _id: 1 },
});
const endOf = (sessionId: string) => ({ operationType: 'delete', documentKey: { _id: new UUID(sessionId) } });

const MISSED: Signal = { kind: 'missed' };
const entries = (userId: string) => ({ kind: 'entries', userIds: [userId] });

describe('change streams', () => {
  it('publish new entries and ended sessions, after `missed` for the time before the stream', async () => {
    const server = new ChangingServer();
    const { heard, listen } = await server.signals();
    listen();
    await vi.waitFor(() => expect(heard).toEqual([MISSED]), SOON);
    const [userId, sessionId] = [randomUUID(), randomUUID()];
    server.happen(entryOf(userId));
    server.happen(endOf(sessionId));
    const ended = { kind: 'sessions_ended', sessionIds: [sessionId] };
    await vi.waitFor(() => expect(heard).toEqual([MISSED, entries(userId), ended]), SOON);
    expect(server.named('aggregate')).toMatchObject([
      { aggregate: 1, pipeline: [{ $changeStream: {} }, { $match: { $or: expect.any(Array) } }, { $project: {} }] },
    ]);
  });

  it('resume after a broken connection', async () => {
    const server = new ChangingServer();
    const { heard, listen } = await server.signals();
    listen();
    await vi.waitFor(() => expect(server.named('getMore')).toHaveLength(1), SOON);
    const [before, after] = [randomUUID(), randomUUID()];
    server.happen(entryOf(before));
    await vi.waitFor(() => expect(heard).toEqual([MISSED, entries(before)]), SOON);
    server.cut();
    server.happen(entryOf(after));
    await vi.waitFor(() => expect(heard).toContainEqual(entries(after)), SOON);
    // MongoDB repeats all changes after this token.
    expect(server.named('aggregate').at(-1)).toMatchObject({
      pipeline: [{ $changeStream: { resumeAfter: { _data: 'token 1' } } }, {}, {}],
    });
  });

  it('start over and publish `missed` where the server cannot resume', async () => {
    const server = new ChangingServer();
    const { heard, listen } = await server.signals();
    server.refusals.set('getMore', { code: 286 }); // ChangeStreamHistoryLost
    listen();
    await vi.waitFor(() => expect(heard).toEqual([MISSED, MISSED]), SOON);
    const userId = randomUUID();
    server.happen(entryOf(userId));
    await vi.waitFor(() => expect(heard.at(-1)).toEqual(entries(userId)), SOON);
    for (const { pipeline } of server.named('aggregate')) {
      expect((pipeline as { $changeStream: object }[])[0]?.$changeStream).not.toHaveProperty('resumeAfter');
    }
  });

  it('are retried on a server that is not ready yet', async () => {
    const server = new ChangingServer();
    server.refusals.set('aggregate', { code: 189 }); // PrimarySteppedDown
    const { heard, listen } = await server.signals();
    listen();
    await vi.waitFor(() => expect(heard).toEqual([MISSED]), SOON);
    expect(server.named('aggregate').length).toBeGreaterThan(1);
  });

  it.each([40_573, 40_324, 13])('are replaced by polling where the server refuses them (%i)', async code => {
    const server = new ChangingServer();
    server.refusals.set('aggregate', { code });
    const { heard, listen } = await server.signals();
    const stop = listen();
    await vi.waitFor(() => expect(heard).toEqual([MISSED, MISSED, MISSED]), SOON);
    stop();
    const last = heard.length;
    listen();
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(last + 1), SOON);
    expect(server.named('aggregate')).toHaveLength(1);
  });

  it('are closed when the last subscription ends, and opened again for the next', async () => {
    const server = new ChangingServer();
    const { heard, listen } = await server.signals();
    const stop = listen();
    await vi.waitFor(() => expect(server.named('getMore')).toHaveLength(1), SOON);
    stop();
    await vi.waitFor(() => expect(server.named('killCursors')).toHaveLength(1), SOON);
    heard.length = 0;
    listen();
    await vi.waitFor(() => expect(heard).toEqual([MISSED]), SOON);
  });
});
