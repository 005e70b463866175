/** The forms of the values that environment variables have. */

import { rangeUrlFlaw } from '../adapters/driven/hibp/range-url.js';
import { trustsEverybody } from '../adapters/driving/web/ip-addresses.js';
import type { AttemptPolicy } from '../domain/attempt-limit.js';
import { DEFAULT_ATTEMPT_POLICY, MAX_ATTEMPT_FIGURES } from '../domain/attempt-limit.js';
import { secretFlaw } from '../domain/session.js';
import { z } from '../peers/zod.js';
import type { SignalSource, StoreUrl } from './stores.js';
import { parseStoreUrl, STORE_FORMS } from './stores.js';

export const integer = (min: number, max: number) =>
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
    'must be IP addresses or networks such as 10.0.0.7 or 10.0.0.0/8, separated by commas',
  );

const hostName = z
  .string()
  .regex(
    /^\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*$|^\[[0-9a-f:.]+\]$/i,
    'must be host names without a port, such as cards.example.org, separated by commas',
  );

/** Messages do not repeat the value, which may hold a password. */
export const store = z.string().transform((text, context): StoreUrl => {
  const parsed = parseStoreUrl(text);
  if (parsed) return parsed;
  context.addIssue({ code: 'custom', message: `must be ${STORE_FORMS.full}` });
  return z.NEVER;
});

const secret = z.string().superRefine((text, context) => {
  const flaw = secretFlaw(text);
  if (flaw) context.addIssue({ code: 'custom', message: `${flaw} (each of the secrets, separated by commas)` });
});

/** `notify`, `poll`, or the URL of a Redis or Valkey. */
export const signalSource = z.custom<SignalSource>(
  value =>
    value === 'notify' ||
    value === 'poll' ||
    (typeof value === 'string' && /^rediss?:\/\/./.test(value) && URL.canParse(value)),
  'must be notify, poll or redis://user:password@host:port',
);

export const rangeUrl = z.string().superRefine((text, context) => {
  const flaw = rangeUrlFlaw(text);
  if (flaw) context.addIssue({ code: 'custom', message: flaw });
});

/** The names of the figures in `RATE_LIMITS`. */
const FIGURES = {
  'free-failures': 'freeFailures',
  'longest-delay': 'longestDelay',
  'failures-per-hour': 'failuresPerHour',
  'logins-per-minute': 'loginsPerMinute',
  'registrations-per-hour': 'registrationsPerHour',
} as const satisfies Readonly<Record<string, keyof AttemptPolicy>>;

/** `on`, `off`, or `name=number` items, whose other figures keep their defaults. */
export const rateLimits = z.string().transform((text, context): AttemptPolicy | null => {
  if (text === 'off') return null;
  if (text === 'on') return DEFAULT_ATTEMPT_POLICY;
  const figures: Partial<Record<keyof AttemptPolicy, number>> = {};
  for (const item of text.split(',')) {
    const [, name = '', digits = ''] = /^ *([a-z-]+)=(\d{1,7}) *$/.exec(item) ?? [];
    const figure = Object.hasOwn(FIGURES, name) ? FIGURES[name as keyof typeof FIGURES] : null;
    const isInRange = figure !== null && Number(digits) >= 1 && Number(digits) <= MAX_ATTEMPT_FIGURES[figure];
    if (!isInRange || figures[figure] !== undefined) {
      const most = figure === null ? '' : `; ${name} is 1 to ${MAX_ATTEMPT_FIGURES[figure]}`;
      const message = `must be on, off, or figures such as free-failures=5,logins-per-minute=30, each once${most}`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
    figures[figure] = Number(digits);
  }
  return { ...DEFAULT_ATTEMPT_POLICY, ...figures };
});

export const origins = list.pipe(z.array(origin));

export const hostNames = list.pipe(z.array(hostName));

export const secrets = list
  .pipe(z.array(secret).min(1, 'must hold at least one secret'))
  .refine(all => new Set(all).size === all.length, 'must not hold a secret twice');

export const trustedNetworks = list
  .pipe(z.array(network))
  .refine(
    all => !trustsEverybody(all),
    'must not trust everybody: any client could then pretend to have any IP address',
  );

/** Where metrics are served: nowhere, at the path `/metrics` of the server, or at a listener of their own. */
export type MetricsEndpoint = 'off' | 'on' | { readonly host: string; readonly port: number };

/** A host name or IPv4 address, or an IPv6 address in brackets, with a port. */
const HOST_AND_PORT = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):(\d{1,5})$/i;

export const metricsEndpoint = z.string().transform((text, context): MetricsEndpoint => {
  if (text === 'off' || text === 'on') return text;
  const [, ipv6, name, port] = HOST_AND_PORT.exec(text) ?? [];
  const host = ipv6 ?? name;
  if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) };
  context.addIssue({ code: 'custom', message: 'must be on, off or HOST:PORT, such as 127.0.0.1:9464' });
  return z.NEVER;
});

export const metricsToken = z
  .string()
  .regex(/^[\x21-\x7e]{16,}$/, 'must have at least 16 visible ASCII characters, and no space');

export const onOrOff = z.enum(['on', 'off'], 'must be on or off');
