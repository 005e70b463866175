import type { ServiceIdentifier } from 'inversify';
import {
  Argon2PasswordHasher,
  defaultQueueBounds,
  RECOMMENDED_COST,
} from '../adapters/driven/argon2/argon2-password-hasher.js';
import { HibpBreachedPasswords } from '../adapters/driven/hibp/hibp-breached-passwords.js';
import { RandomTokenGenerator, SystemClock, UuidGenerator } from '../adapters/driven/system/system.js';
import type { Application, Ports } from '../application/create-use-cases.js';
import { createUseCases } from '../application/create-use-cases.js';
import { systemTimers } from '../application/live/system-timers.js';
import type { Storage } from '../application/ports/driven/storage.js';
import type { UseCases } from '../application/ports/driving/use-cases.js';
import { completeAttemptPolicy } from '../domain/attempt-limit.js';
import { DEFAULT_PASSWORD_POLICY } from '../domain/password-policy.js';
import { checkSessionPolicy, DEFAULT_SESSION_POLICY } from '../domain/session.js';
import { ContainerModule } from '../peers/inversify.js';
import type { SystemOptions } from './tradepost.js';

interface Services extends Ports {
  readonly application: Application;
  readonly useCases: UseCases;
}

const identify = <Service>(name: string): ServiceIdentifier<Service> => Symbol.for(`tradepost.${name}`);

/** The service identifiers: one for each port and policy, one for the application and one for its use cases. */
export const SERVICES: { readonly [Name in keyof Services]-?: ServiceIdentifier<Services[Name]> } = {
  users: identify('users'),
  sessions: identify('sessions'),
  cards: identify('cards'),
  trades: identify('trades'),
  sessionTrades: identify('sessionTrades'),
  idempotency: identify('idempotency'),
  attempts: identify('attempts'),
  signals: identify('signals'),
  hasher: identify('hasher'),
  breachedPasswords: identify('breachedPasswords'),
  tokens: identify('tokens'),
  ids: identify('ids'),
  clock: identify('clock'),
  timers: identify('timers'),
  passwordPolicy: identify('passwordPolicy'),
  sessionPolicy: identify('sessionPolicy'),
  attemptPolicy: identify('attemptPolicy'),
  application: identify('application'),
  useCases: identify('useCases'),
};

/** Binds the ports of an open store. Closing the store stays with its owner. */
export const storageModule = ({
  users,
  sessions,
  cards,
  trades,
  sessionTrades,
  idempotency,
  attempts,
  signals,
}: Storage): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(SERVICES.users).toConstantValue(users);
    bind(SERVICES.sessions).toConstantValue(sessions);
    bind(SERVICES.cards).toConstantValue(cards);
    bind(SERVICES.trades).toConstantValue(trades);
    bind(SERVICES.sessionTrades).toConstantValue(sessionTrades);
    bind(SERVICES.idempotency).toConstantValue(idempotency);
    bind(SERVICES.attempts).toConstantValue(attempts);
    bind(SERVICES.signals).toConstantValue(signals);
  });

/**
 * Binds clock, timers, id and token generators, password hasher, breached passwords and policies.
 *
 * @throws TypeError for an impossible policy
 */
export function systemModule({
  session,
  password,
  breachedPasswords = null,
  hashing,
  rateLimits = {},
  clock,
}: SystemOptions = {}): ContainerModule {
  const sessionPolicy = { ...DEFAULT_SESSION_POLICY, ...session };
  checkSessionPolicy(sessionPolicy);
  return new ContainerModule(({ bind }) => {
    bind(SERVICES.clock).toConstantValue(clock ?? new SystemClock());
    bind(SERVICES.timers).toConstantValue(systemTimers);
    bind(SERVICES.ids).toConstantValue(new UuidGenerator());
    bind(SERVICES.tokens).toConstantValue(new RandomTokenGenerator());
    bind(SERVICES.hasher).toConstantValue(
      new Argon2PasswordHasher({ ...RECOMMENDED_COST, ...hashing }, { ...defaultQueueBounds(), ...hashing }),
    );
    bind(SERVICES.breachedPasswords).toConstantValue(
      breachedPasswords && 'url' in breachedPasswords
        ? new HibpBreachedPasswords(breachedPasswords)
        : breachedPasswords,
    );
    bind(SERVICES.sessionPolicy).toConstantValue(sessionPolicy);
    bind(SERVICES.passwordPolicy).toConstantValue({ ...DEFAULT_PASSWORD_POLICY, ...password });
    bind(SERVICES.attemptPolicy).toConstantValue(rateLimits === 'off' ? null : completeAttemptPolicy(rateLimits));
  });
}

/**
 * Binds the application, built once from the container's bindings of the ports, and its use cases. The container's
 * owner calls `live.close()` and runs `sweep` (`Application`).
 */
export const applicationModule = new ContainerModule(({ bind }) => {
  const { application, useCases, ...ports } = SERVICES;
  const names = Object.keys(ports) as (keyof Ports)[];
  // `SERVICES` has an identifier for every port, so the object is complete.
  const collect = (values: unknown[]): Ports =>
    Object.fromEntries(names.map((name, index) => [name, values[index]])) as unknown as Ports;
  bind(application)
    .toResolvedValue(
      (...values) => createUseCases(collect(values)),
      names.map(name => ports[name]),
    )
    .inSingletonScope();
  bind(useCases)
    .toResolvedValue(built => built.useCases, [application])
    .inSingletonScope();
});
