import type { Scenario } from '../scenario.js';
import { accounts } from './accounts.js';
import { cards } from './cards.js';
import { idempotency } from './idempotency.js';
import { input } from './input.js';
import { lengths } from './lengths.js';
import { passwords } from './passwords.js';
import { sessions } from './sessions.js';
import { tradePages } from './trade-pages.js';
import { trades } from './trades.js';

export const scenarios: Readonly<Record<string, readonly Scenario[]>> = {
  accounts,
  passwords,
  sessions,
  cards,
  trades,
  'trade pages': tradePages,
  idempotency,
  input,
  lengths,
};
