import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StorageHealth } from '../../../application/ports/driven/storage.js';
import { unhealthy, withConnection } from '../../../application/storage-kit/index.js';
import { pollInstead } from './pooler.js';
import type { PostgresConnection, PostgresSource } from './postgres-connector.js';

/** Milliseconds for a signal to arrive. */
const LIMIT = 3_000;

/** Sends a signal on a channel of its own, and waits until it is back. */
export const inspectSignals = ({ connect }: PostgresSource): Promise<StorageHealth> =>
  withConnection(() => connect({ isPatient: false }), inspect).catch(unhealthy);

async function inspect({ pool, channel, listen: listenToNotify }: PostgresConnection): Promise<StorageHealth> {
  const listen = channel?.listen ?? listenToNotify;
  if (listen === pollInstead) {
    const reason = channel ? 'SIGNALS=poll' : 'there is a pooler; SIGNALS_DATABASE_URL would name a direct connection';
    return { ok: true, detail: `polling every half second (${reason})` };
  }
  const name = `tradepost_probe_${randomBytes(6).toString('hex')}`;
  const notify = (): Promise<unknown> => pool.query('SELECT pg_notify($1, $2)', [name, 'probe']);
  let sentAt = 0;
  let stop = (): void => undefined;
  const arrived = new Promise<number>(resolve => {
    const send = (): void => {
      sentAt = performance.now();
      (channel?.send?.(name, 'probe') ?? notify()).catch(() => undefined);
    };
    stop = listen(name, { onGap: send, onPayload: () => resolve(performance.now() - sentAt) });
  });
  const took = await Promise.race([arrived, sleep(LIMIT, null, { ref: false })]);
  stop();
  const source = channel?.description ?? 'NOTIFY of PostgreSQL';
  if (took !== null) return { ok: true, detail: `${source}, one arrived after ${Math.round(took)} ms` };
  return {
    ok: false,
    detail: `${source}: none arrived within ${LIMIT / 1000} s. Check that it can be reached; until then watchers find trades within two seconds.`,
  };
}
