import type { ServiceIdentifier } from 'inversify';
import type { Application, Ports } from '../application/create-use-cases.js';
import type { UseCases } from '../application/ports/driving/use-cases.js';

interface Services extends Ports {
  readonly application: Application;
  readonly useCases: UseCases;
}

const identify = <Service>(name: string): ServiceIdentifier<Service> => Symbol.for(`tradepost.${name}`);

/** The service identifiers: one for each port and policy, one for the application and one for its use cases. */
export const SERVICES: { readonly [Name in keyof Services]: ServiceIdentifier<Services[Name]> } = {
  users: identify('users'),
  sessions: identify('sessions'),
  cards: identify('cards'),
  trades: identify('trades'),
  sessionTrades: identify('sessionTrades'),
  idempotency: identify('idempotency'),
  signals: identify('signals'),
  hasher: identify('hasher'),
  tokens: identify('tokens'),
  ids: identify('ids'),
  clock: identify('clock'),
  passwordPolicy: identify('passwordPolicy'),
  sessionPolicy: identify('sessionPolicy'),
  application: identify('application'),
  useCases: identify('useCases'),
};
