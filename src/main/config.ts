import { DEFAULT_MAX_CONNECTIONS } from '../adapters/driving/http/http-server.js';
import { isLoopbackHost } from '../adapters/driving/web/web-request.js';
import { DEFAULT_POOL_SIZE } from '../application/storage-kit/index.js';
import type { AttemptPolicy } from '../domain/attempt-limit.js';
import { DEFAULT_PASSWORD_POLICY } from '../domain/password-policy.js';
import type { SessionPolicy } from '../domain/session.js';
import { DEFAULT_SESSION_POLICY } from '../domain/session.js';
import { z } from '../peers/zod.js';
import type { MetricsEndpoint } from './config-values.js';
import {
  hostNames,
  integer,
  metricsEndpoint,
  metricsToken,
  onOrOff,
  origins,
  rangeUrl,
  rateLimits,
  secrets,
  signalSource,
  store,
  trustedNetworks,
} from './config-values.js';
import type { SignalSource, StoreUrl } from './stores.js';
import { DEFAULT_STORE, STORES } from './stores.js';
import type { Environment } from './variables.js';
import { ConfigError, readVariable } from './variables.js';

/** The configuration of a server, from `readConfig`. */
export interface Config {
  /** The store of `DATABASE_URL`. */
  readonly store: StoreUrl;
  /** Connections to the database, at most. */
  readonly poolSize: number;
  /** Whether statements are prepared; undefined where the adapter finds out. */
  readonly prepare: boolean | undefined;
  /** Where PostgreSQL's notifications are listened for; undefined for `store`. */
  readonly signalsUrl: string | undefined;
  /** Where signals of PostgreSQL come from; undefined where the adapter decides. */
  readonly signals: SignalSource | undefined;
  /** The host name or IP address to listen on. */
  readonly host: string;
  /** The port to listen on; 0 for a free one. */
  readonly port: number;
  /** Null if none are configured, which is an error in production. `sessionSecrets` then creates one. */
  readonly sessionSecrets: readonly string[] | null;
  /** How long sessions live, and how many a user may have. */
  readonly session: SessionPolicy;
  /** The fewest characters of a new password. */
  readonly passwordMinLength: number;
  /** URL of the service that knows breached passwords; null for no check. */
  readonly passwordBreachCheck: string | null;
  /** Origins of other sites whose pages may call. */
  readonly allowedOrigins: readonly string[];
  /** IP addresses and networks of proxies whose headers are trusted. */
  readonly trustProxy: readonly string[];
  /** Host names that requests may be for; null for any. */
  readonly allowedHosts: readonly string[] | null;
  /** The most connections of clients. */
  readonly maxConnections: number;
  /** Limits on logins and registrations. Null: none, and none on the messages over a socket. */
  readonly rateLimits: AttemptPolicy | null;
  /** Whether `/` is the console. */
  readonly console: boolean;
  /** Where metrics are served: `off`, `on` for the server itself, or a host and port. */
  readonly metrics: MetricsEndpoint;
  /** What scrapes have to send as a bearer token; null for nothing. */
  readonly metricsToken: string | null;
  /** Lines of a lower level are left out. */
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Null: `pretty` on a terminal, else `json`. */
  readonly logFormat: 'pretty' | 'json' | null;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The defaults of variables that are not set. */
export const DEFAULTS = {
  DATABASE_URL: DEFAULT_STORE,
  HOST: '127.0.0.1',
  PORT: 3000,
  SESSION_LIFETIME: DEFAULT_SESSION_POLICY.lifetime,
  MAX_SESSIONS_PER_USER: DEFAULT_SESSION_POLICY.maxPerUser,
  MAX_CONNECTIONS: DEFAULT_MAX_CONNECTIONS,
  DATABASE_POOL_SIZE: DEFAULT_POOL_SIZE,
  DATABASE_PREPARE: 'auto',
  RATE_LIMITS: 'on',
  CONSOLE: 'on',
  METRICS: 'off',
  PASSWORD_MIN_LENGTH: DEFAULT_PASSWORD_POLICY.minLength,
  LOG_LEVEL: 'info',
} as const;

export type { Environment };
export { ConfigError, readVariable };

const DAY = 86_400;

/** On a loopback host only loopback names are allowed, so that foreign pages cannot reach the server by DNS rebinding. */
const hostsFor = (listening: string, configured: readonly string[] | undefined): readonly string[] | null =>
  configured ?? (isLoopbackHost(listening.includes(':') ? `[${listening}]` : listening) ? ['loopback'] : null);

const schema = z.object({
  DATABASE_URL: store.prefault(DEFAULTS.DATABASE_URL),
  DATABASE_URL_FILE: z.string().optional(),
  HOST: z.string().min(1).default(DEFAULTS.HOST),
  PORT: integer(0, 65_535).default(DEFAULTS.PORT),
  SESSION_SECRETS: secrets.optional(),
  SESSION_LIFETIME: integer(1, 365 * DAY).default(DEFAULTS.SESSION_LIFETIME),
  SESSION_IDLE_TIMEOUT: integer(1, 365 * DAY).optional(),
  MAX_SESSIONS_PER_USER: integer(1, 10_000).default(DEFAULTS.MAX_SESSIONS_PER_USER),
  ALLOWED_ORIGINS: origins.default([]),
  TRUST_PROXY: trustedNetworks.default([]),
  ALLOWED_HOSTS: hostNames.optional(),
  MAX_CONNECTIONS: integer(1, 1_000_000).default(DEFAULTS.MAX_CONNECTIONS),
  DATABASE_POOL_SIZE: integer(1, 1000).default(DEFAULTS.DATABASE_POOL_SIZE),
  DATABASE_PREPARE: z.enum(['auto', 'on', 'off'], 'must be auto, on or off').default(DEFAULTS.DATABASE_PREPARE),
  SIGNALS_DATABASE_URL: store.refine(({ kind }) => kind === 'postgres', `must be ${STORES.postgres.form}`).optional(),
  SIGNALS: signalSource.optional(),
  RATE_LIMITS: rateLimits.prefault(DEFAULTS.RATE_LIMITS),
  CONSOLE: onOrOff.default(DEFAULTS.CONSOLE),
  METRICS: metricsEndpoint.prefault(DEFAULTS.METRICS),
  METRICS_TOKEN: metricsToken.optional(),
  // The default is the least that OWASP ASVS 5.0, 6.2.1 allows.
  PASSWORD_MIN_LENGTH: integer(DEFAULTS.PASSWORD_MIN_LENGTH, 64).default(DEFAULTS.PASSWORD_MIN_LENGTH),
  PASSWORD_BREACH_CHECK: rangeUrl.optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default(DEFAULTS.LOG_LEVEL),
  LOG_FORMAT: z.enum(['pretty', 'json'], 'must be pretty or json').optional(),
  NODE_ENV: z.string().optional(),
});

/** The environment variables of Tradepost. */
export const VARIABLES = Object.keys(schema.shape);

/** Reads the configuration; an empty variable counts as not set. @throws ConfigError */
export function readConfig(environment: Environment): Config {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const unreadable: string[] = [];
  try {
    const url = readVariable(set, 'DATABASE_URL');
    if (url !== undefined) set.DATABASE_URL = url;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    unreadable.push(...error.messages);
  }
  const parsed = schema.safeParse(set);
  if (!parsed.success) throw new ConfigError([...unreadable, ...messagesOf(parsed.error)]);
  if (unreadable.length > 0) throw new ConfigError(unreadable);
  const env = parsed.data;
  if (env.NODE_ENV === 'production' && !env.SESSION_SECRETS) {
    throw new ConfigError([
      'SESSION_SECRETS: is required when NODE_ENV=production; make one with: node -p "crypto.randomBytes(32).toString(\'base64url\')"',
    ]);
  }
  if (env.SIGNALS !== undefined && env.DATABASE_URL.kind !== 'postgres') {
    throw new ConfigError(['SIGNALS: is for PostgreSQL; other stores have signals of their own']);
  }
  return {
    store: env.DATABASE_URL,
    poolSize: env.DATABASE_POOL_SIZE,
    prepare: env.DATABASE_PREPARE === 'auto' ? undefined : env.DATABASE_PREPARE === 'on',
    signalsUrl: env.SIGNALS_DATABASE_URL?.url,
    signals: env.SIGNALS,
    host: env.HOST,
    port: env.PORT,
    sessionSecrets: env.SESSION_SECRETS ?? null,
    session: {
      lifetime: env.SESSION_LIFETIME,
      idleTimeout: env.SESSION_IDLE_TIMEOUT ?? null,
      maxPerUser: env.MAX_SESSIONS_PER_USER,
    },
    passwordMinLength: env.PASSWORD_MIN_LENGTH,
    passwordBreachCheck: env.PASSWORD_BREACH_CHECK ?? null,
    allowedOrigins: env.ALLOWED_ORIGINS,
    trustProxy: env.TRUST_PROXY,
    allowedHosts: hostsFor(env.HOST, env.ALLOWED_HOSTS),
    maxConnections: env.MAX_CONNECTIONS,
    rateLimits: env.RATE_LIMITS,
    console: env.CONSOLE === 'on',
    metrics: env.METRICS,
    metricsToken: env.METRICS_TOKEN ?? null,
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT ?? null,
  };
}

/** Returns the first message for each variable. Further messages for a variable may follow from the first. */
function messagesOf({ issues }: z.ZodError): string[] {
  const first = new Map<string, string>();
  for (const { path, message } of issues) {
    const variable = String(path[0]);
    if (!first.has(variable)) first.set(variable, `${variable}: ${message}`);
  }
  return [...first.values()];
}
