import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { serve } from '../../src/main/commands/serve.js';
import type { Environment } from '../../src/main/config.js';
import { ConfigError, DEFAULTS, readConfig, VARIABLES } from '../../src/main/config.js';

const DEFAULT_LIMITS = {
  freeFailures: 5,
  longestDelay: 900,
  failuresPerHour: 100,
  loginsPerMinute: 30,
  registrationsPerHour: 10,
};
const secret = 'q7Jw2mXzR9tK4vB8nL1cF6hD3gS5pY0a';

const problems = (environment: Environment): readonly string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.messages;
    throw error;
  }
};

describe('the configuration', () => {
  it('has these defaults', () => {
    expect(readConfig({})).toEqual({
      store: { kind: 'embedded', url: 'file:.tradepost', directory: '.tradepost' },
      poolSize: 10,
      prepare: undefined,
      signalsUrl: undefined,
      signals: undefined,
      host: '127.0.0.1',
      port: 3000,
      sessionSecrets: null,
      session: { lifetime: 3600, idleTimeout: null, maxPerUser: 100 },
      passwordMinLength: 8,
      passwordBreachCheck: null,
      allowedOrigins: [],
      trustProxy: [],
      allowedHosts: ['loopback'],
      maxConnections: 10_000,
      rateLimits: DEFAULT_LIMITS,
      console: true,
      metrics: 'off',
      metricsToken: null,
      logLevel: 'info',
      logFormat: null,
    });
  });

  it('takes every variable, and treats an empty one as not set', () => {
    const config = readConfig({
      DATABASE_URL: 'postgres://ann:pw@db:5432/tradepost',
      DATABASE_POOL_SIZE: '20',
      DATABASE_PREPARE: 'off',
      SIGNALS_DATABASE_URL: 'postgres://direct/signals',
      SIGNALS: 'rediss://ann:pw@signals:6380',
      HOST: '0.0.0.0',
      PORT: '0',
      SESSION_SECRETS: `${secret}, ${secret.toUpperCase()}`,
      SESSION_LIFETIME: '86400',
      SESSION_IDLE_TIMEOUT: '600',
      MAX_SESSIONS_PER_USER: '5',
      PASSWORD_MIN_LENGTH: '15',
      PASSWORD_BREACH_CHECK: 'https://api.pwnedpasswords.com/range/',
      ALLOWED_ORIGINS: 'https://a.example,http://localhost:5173',
      TRUST_PROXY: '10.0.0.0/8, loopback',
      CONSOLE: 'off',
      METRICS: '[::1]:9464',
      METRICS_TOKEN: secret,
      RATE_LIMITS: 'off',
      LOG_LEVEL: 'warn',
      LOG_FORMAT: '',
    });
    expect(config).toMatchObject({
      console: false,
      metrics: { host: '::1', port: 9464 },
      metricsToken: secret,
      rateLimits: null,
      passwordBreachCheck: 'https://api.pwnedpasswords.com/range/',
      store: { kind: 'postgres', url: 'postgres://ann:pw@db:5432/tradepost', directory: null },
      poolSize: 20,
      prepare: false,
      signalsUrl: 'postgres://direct/signals',
      signals: 'rediss://ann:pw@signals:6380',
      port: 0,
      sessionSecrets: [secret, secret.toUpperCase()],
      session: { lifetime: 86_400, idleTimeout: 600, maxPerUser: 5 },
      allowedOrigins: ['https://a.example', 'http://localhost:5173'],
      trustProxy: ['10.0.0.0/8', 'loopback'],
      logFormat: null,
    });
    expect(readConfig({ DATABASE_URL: 'memory:' }).store).toMatchObject({ kind: 'memory', directory: null });
    expect(readConfig({ DATABASE_URL: 'file:/var/lib/tp' }).store).toMatchObject({
      kind: 'embedded',
      directory: '/var/lib/tp',
    });
  });

  it('takes figures of the limits on logins and registrations, one by one', () => {
    expect(readConfig({ RATE_LIMITS: 'on' }).rateLimits).toEqual(DEFAULT_LIMITS);
    expect(readConfig({ RATE_LIMITS: 'logins-per-minute=300' }).rateLimits).toEqual({
      ...DEFAULT_LIMITS,
      loginsPerMinute: 300,
    });
    const all =
      'free-failures=3, longest-delay=60, failures-per-hour=50, logins-per-minute=7, registrations-per-hour=2';
    expect(readConfig({ RATE_LIMITS: all }).rateLimits).toEqual({
      freeFailures: 3,
      longestDelay: 60,
      failuresPerHour: 50,
      loginsPerMinute: 7,
      registrationsPerHour: 2,
    });
  });

  it.each(['mongodb://db', 'mongodb+srv://ann:p%40w@cluster.example/cards?w=1', 'mongodb://a:27017,b:27018/cards'])(
    'takes MongoDB at %s',
    url => {
      expect(readConfig({ DATABASE_URL: url }).store).toEqual({ kind: 'mongo', url, directory: null });
    },
  );

  it.each([
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['DATABASE_URL', 'file:'],
    ['DATABASE_URL', 'mongodb://'],
    ['PORT', '70000'],
    ['PORT', '3000x'],
    ['SESSION_SECRETS', 'short'],
    ['SESSION_SECRETS', `${secret},short`],
    ['SESSION_SECRETS', '0'.repeat(32)],
    ['SESSION_SECRETS', '\0'.repeat(32)],
    ['SESSION_SECRETS', ' , '],
    ['SESSION_LIFETIME', '0'],
    ['SESSION_LIFETIME', '1.5'],
    ['SESSION_IDLE_TIMEOUT', '-1'],
    ['MAX_SESSIONS_PER_USER', '0'],
    ['ALLOWED_ORIGINS', '*'],
    ['ALLOWED_ORIGINS', 'https://a.example/'],
    ['ALLOWED_ORIGINS', 'a.example'],
    ['TRUST_PROXY', 'everybody'],
    ['TRUST_PROXY', '0.0.0.0/0'],
    ['TRUST_PROXY', '10.0.0.1,::/0'],
    ['DATABASE_POOL_SIZE', '0'],
    ['DATABASE_URL', 'postgres://one,two/app?target_session_attrs=any'],
    ['DATABASE_PREPARE', 'yes'],
    ['SIGNALS_DATABASE_URL', 'mongodb://db'],
    ['SIGNALS_DATABASE_URL', 'postgres//db'],
    ['SIGNALS', 'redis'],
    ['SIGNALS', 'http://signals'],
    ['SIGNALS', 'redis://'],
    ['RATE_LIMITS', 'no'],
    ['RATE_LIMITS', 'free-failures'],
    ['RATE_LIMITS', 'free-failures=0'],
    ['RATE_LIMITS', 'free-failures=1.5'],
    ['RATE_LIMITS', 'free-failures=5,free-failures=6'],
    ['RATE_LIMITS', 'longest-delay=3601'],
    ['RATE_LIMITS', 'constructor=5'],
    ['RATE_LIMITS', 'off,free-failures=5'],
    ['PASSWORD_MIN_LENGTH', '7'],
    ['PASSWORD_BREACH_CHECK', 'on'],
    ['PASSWORD_BREACH_CHECK', 'http://passwords.example.org/range/'],
    ['PASSWORD_BREACH_CHECK', 'https://ann:pw@passwords.example.org/range/'],
    ['PASSWORD_BREACH_CHECK', 'https://passwords.example.org/range/?key=1'],
    ['LOG_LEVEL', 'loud'],
    ['LOG_FORMAT', 'xml'],
    ['METRICS', 'yes'],
    ['METRICS', '9464'],
    ['METRICS', '127.0.0.1:65536'],
    ['METRICS', '::1:9464'],
    ['METRICS', 'http://127.0.0.1:9464'],
    ['METRICS_TOKEN', 'too-short'],
    ['METRICS_TOKEN', 'has a space in the middle'],
  ])('%s=%j is one clear line that names the variable', (variable, value) => {
    expect(problems({ [variable]: value })).toEqual([expect.stringMatching(new RegExp(`^${variable}: must `))]);
  });

  it('reports all problems at once, and no value that may be a secret', () => {
    const all = problems({ PORT: 'x', DATABASE_URL: 'mysql://ann:hunter2@db', SESSION_SECRETS: 'hunter2' });
    expect(all).toHaveLength(3);
    expect(all.join()).not.toContain('hunter2');
  });

  it('refuses signals of PostgreSQL for another store', () => {
    expect(problems({ DATABASE_URL: 'memory:', SIGNALS: 'poll' })).toEqual([
      expect.stringContaining('SIGNALS: is for PostgreSQL'),
    ]);
    expect(readConfig({ DATABASE_URL: 'postgres://db/app', SIGNALS: 'poll' }).signals).toBe('poll');
  });

  it('requires secrets in production', () => {
    expect(problems({ NODE_ENV: 'production' })).toEqual([expect.stringContaining('SESSION_SECRETS: is required')]);
    expect(problems({ NODE_ENV: 'production', SESSION_SECRETS: secret })).toEqual([]);
  });

  it('ignores variables it does not know', () => {
    expect(readConfig({ COLOUR: 'maybe', MEASUREMENTS: 'never', HOME: '/root' })).toEqual(readConfig({}));
  });
});

describe('the documentation of the configuration', () => {
  const variables = VARIABLES.filter(name => name !== 'NODE_ENV');
  const contract = readFileSync('docs/contract.md', 'utf8');
  const rows = contract.split('\n').filter(line => /^\| `[A-Z_]+`/.test(line));

  it('has every variable, in `tradepost serve --help` and in docs/contract.md', () => {
    expect(variables.filter(name => !new RegExp(`^  (?:.*, )?${name}\\b`, 'm').test(serve.help))).toEqual([]);
    const listed = rows.flatMap(row => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(listed.sort()).toEqual([...variables].sort());
  });

  it.each(Object.entries(DEFAULTS))('has the default of %s: %s', (name, value) => {
    expect(rows.find(row => row.includes(`\`${name}\``))).toMatch(new RegExp(`\\b${value}\\b`));
    expect(serve.help).toMatch(new RegExp(`\\(.*\\b${value}\\b.*\\)`));
  });
});
