import { z } from 'zod';
import { DEFAULT_MAX_CONNECTIONS } from '../adapters/driving/http/http-server.js';
import { trustsEverybody } from '../adapters/driving/web/trusted-proxies.js';
import { isLoopbackHost } from '../adapters/driving/web/web-request.js';
import type { StorageAddress } from './storage-url.js';
import { parseStorageUrl, STORAGE_URL_FORMS } from './storage-url.js';

export interface Config {
  readonly storage: StorageChoice;
  readonly host: string;
  readonly port: number;
  /** Null: make one and keep it beside the embedded database (outside production). */
  readonly sessionSecrets: readonly string[] | null;
  readonly session: { readonly lifetime: number; readonly idleTimeout: number | null };
  readonly passwordMinLength: number;
  readonly allowedOrigins: readonly string[];
  readonly trustProxy: readonly string[];
  /** Host names requests may be for; null where any may. */
  readonly allowedHosts: readonly string[] | null;
  readonly maxConnections: number;
  /** Whether clients are held back that do something too often. */
  readonly rateLimits: boolean;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  readonly logFormat: 'pretty' | 'json' | null;
}

export type StorageChoice =
  | { readonly kind: 'postgres' | 'mongo'; readonly url: string; readonly poolSize: number }
  | { readonly kind: 'embedded'; readonly directory: string }
  | { readonly kind: 'memory' };

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with the environment, one clear line for each variable. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine(value => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

const list = z.string().transform(text =>
  text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== ''),
);

const onOff = z.enum(['on', 'off'], 'must be on or off');

const DAY = 86_400;

const origin = z
  .string()
  .refine(
    text => URL.canParse(text) && new URL(text).origin === text,
    'must be origins such as https://example.org, without a path, separated by commas',
  );

const network = z
  .string()
  .refine(
    text => /^[0-9a-fA-F.:]+(?:\/\d{1,3})?$/.test(text) || ['loopback', 'linklocal', 'uniquelocal'].includes(text),
    'must be addresses or networks such as 10.0.0.7 or 10.0.0.0/8, separated by commas',
  );

const hostName = z
  .string()
  .regex(
    /^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*$|^\[[0-9a-f:.]+\]$/i,
    'must be host names without a port, such as cards.example.org, separated by commas',
  );

/** A page on the internet whose name was made to point here could otherwise read what is meant for this machine alone. */
const hostsFor = (listening: string, configured: readonly string[] | undefined): readonly string[] | null =>
  configured ?? (isLoopbackHost(listening.includes(':') ? `[${listening}]` : listening) ? ['loopback'] : null);

const database = z.string().transform((text, context): StorageAddress => {
  const address = parseStorageUrl(text);
  if (address) return address;
  // The value may hold a password, so it is not repeated.
  context.addIssue({ code: 'custom', message: `must be ${STORAGE_URL_FORMS}` });
  return z.NEVER;
});

/** With the size of the pool, where there is one. */
export const storageChoice = (address: StorageAddress, poolSize: number): StorageChoice =>
  'url' in address ? { ...address, poolSize } : address;

const secrets = list.pipe(
  z
    .array(
      z
        .string()
        .refine(
          secret => Buffer.byteLength(secret) >= 32,
          'must be secrets of at least 32 bytes each, separated by commas',
        ),
    )
    .min(1, 'must hold at least one secret')
    .refine(
      all => all.every(secret => new Set(secret).size >= 8),
      'must be random: a secret that repeats a few characters can be guessed',
    ),
);

const schema = z.object({
  DATABASE_URL: database.prefault('file:.tradepost'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: integer(0, 65_535).prefault('3000'),
  SESSION_SECRETS: secrets.optional(),
  SESSION_LIFETIME: integer(1, 365 * DAY).prefault('3600'),
  SESSION_IDLE_TIMEOUT: integer(1, 365 * DAY).optional(),
  ALLOWED_ORIGINS: list.pipe(z.array(origin)).prefault(''),
  TRUST_PROXY: list
    .pipe(z.array(network))
    .refine(all => !trustsEverybody(all), 'must not trust everybody: any client could then claim any address')
    .prefault(''),
  ALLOWED_HOSTS: list.pipe(z.array(hostName)).optional(),
  MAX_CONNECTIONS: integer(1, 1_000_000).prefault(String(DEFAULT_MAX_CONNECTIONS)),
  DATABASE_POOL_SIZE: integer(1, 1000).prefault('10'),
  RATE_LIMITS: onOff.default('on'),
  PASSWORD_MIN_LENGTH: integer(8, 64).prefault('8'),
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be trace, debug, info, warn, error, fatal or silent',
    )
    .default('info'),
  LOG_FORMAT: z.enum(['pretty', 'json'], 'must be pretty or json').optional(),
  CONSOLE: onOff.default('on'),
  METRICS: onOff.default('on'),
  NODE_ENV: z.string().optional(),
});

/** The variables of the environment Tradepost knows. */
export const VARIABLES = Object.keys(schema.shape);

/** @throws ConfigError with every problem at once. An empty variable counts as one that is not set. */
export function readConfig(environment: Environment): Config {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(set);
  if (!parsed.success) throw new ConfigError(problemsOf(parsed.error));
  const env = parsed.data;
  if (env.NODE_ENV === 'production' && !env.SESSION_SECRETS) {
    throw new ConfigError([
      'SESSION_SECRETS: is required when NODE_ENV=production; make one with: node -p "crypto.randomBytes(32).toString(\'base64url\')"',
    ]);
  }
  return {
    storage: storageChoice(env.DATABASE_URL, env.DATABASE_POOL_SIZE),
    host: env.HOST,
    port: env.PORT,
    sessionSecrets: env.SESSION_SECRETS ?? null,
    session: { lifetime: env.SESSION_LIFETIME, idleTimeout: env.SESSION_IDLE_TIMEOUT ?? null },
    passwordMinLength: env.PASSWORD_MIN_LENGTH,
    allowedOrigins: env.ALLOWED_ORIGINS,
    trustProxy: env.TRUST_PROXY,
    allowedHosts: hostsFor(env.HOST, env.ALLOWED_HOSTS),
    maxConnections: env.MAX_CONNECTIONS,
    rateLimits: env.RATE_LIMITS === 'on',
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT ?? null,
  };
}

/** The first problem of each variable; what else is wrong with it may follow from that. */
function problemsOf({ issues }: z.ZodError): string[] {
  const first = new Map<string, string>();
  for (const { path, message } of issues) {
    const variable = String(path[0]);
    if (!first.has(variable)) first.set(variable, `${variable}: ${message}`);
  }
  return [...first.values()];
}
