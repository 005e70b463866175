import { randomBytes } from 'node:crypto';
import { type RunningProcess, startPeer, startProgram } from '../processes.js';

/** A server that is measured. */
export interface Contestant extends RunningProcess {
  /** Shown in tables. */
  readonly name: string;
  readonly origin: string;
}

/** The URL of a server's WebSocket endpoint. */
export const socketUrlOf = ({ origin }: Pick<Contestant, 'origin'>): string => `${origin.replace('http:', 'ws:')}/ws`;

/** Signs the session cookies. */
export const SECRET = randomBytes(32).toString('base64url');

/**
 * Starts Tradepost as users run it: logs at level `info` to a file, and security headers on. Rate limits are off,
 * because one machine sends all requests.
 */
export async function startTradepost(
  databaseUrl: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Contestant> {
  const started = await startProgram(
    ['dist/main/cli.js', 'serve'],
    {
      DATABASE_URL: databaseUrl,
      PORT: '0',
      LOG_LEVEL: 'info',
      RATE_LIMITS: 'off',
      SESSION_SECRETS: SECRET,
      ...variables,
    },
    /^listening on (http:\S+)/m,
  );
  return { ...started, name: 'Tradepost', origin: started.ready[1] ?? '' };
}

/** Starts a server of `bench/peers`. */
export async function startContestant(name: string, module: string, settings: object): Promise<Contestant> {
  const peer = await startPeer(`peers/${module}.mjs`, { secret: SECRET, ...settings });
  const { origin } = peer.ready as { origin: string };
  return { ...peer, name, origin };
}
