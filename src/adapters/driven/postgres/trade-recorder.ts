import type { IdempotencyClaim, Replayed } from '../../../application/ports/driven/idempotency.js';
import type { RecordedBySession, SessionUse, TradeDraft } from '../../../application/ports/driven/session-trades.js';
import type { RecordOutcome, TradeProposal } from '../../../application/ports/driven/trade-log.js';
import type { Id } from '../../../domain/id.js';
import type { TradeEntry, TradeFacts } from '../../../domain/trade.js';
import type { Database } from './database.js';
import type { EntryHints } from './entry-hints.js';
import { isUniqueViolation } from './failures.js';
import type { PostgresIdempotencyRecords } from './postgres-idempotency-records.js';
import { bytes } from './postgres-session-repository.js';
import { userLookup } from './postgres-user-repository.js';
import type { RecordTradeRow, SenderForm } from './record-trade-statement.js';
import { recordTradeStatement } from './record-trade-statement.js';
import type { Schema } from './schema.js';
import type { Parameter } from './statement.js';
import { type Parties, tradesTogether } from './trades-together.js';

/** Another attempt with the same idempotency key was committed first, so this one was rolled back. */
export const RACED = Symbol('raced');

const NO_FACTS: TradeFacts = { cardOwnerId: null, recipientId: null };

/** Runs the statement of a trade in both of its forms. */
export class TradeRecorder {
  private readonly statements: Readonly<Record<SenderForm, ReturnType<typeof statements>>>;

  private readonly writes: Pick<Database, 'query'>;

  constructor(
    database: Database,
    schema: Schema,
    private readonly idempotency: PostgresIdempotencyRecords,
    private readonly hints: Pick<EntryHints, 'publish'>,
  ) {
    this.statements = { user: statements(schema, 'user'), session: statements(schema, 'session') };
    const partiesIn = new Map(
      FORMS.flatMap(form =>
        COLUMNS.map((column): [unknown, PartiesIn] => [this.statements[form][column], partiesOf(form, column)]),
      ),
    );
    this.writes = database.newJointWrites(prepares =>
      tradesTogether({
        schema,
        prepares,
        partiesOf: ({ statement, values }) => partiesIn.get(statement)?.(values) ?? {},
        recordApart: ({ statement, values, resolve, reject }) =>
          void database.query(statement, values).then(resolve, reject),
      }),
    );
  }

  /** `TradeLog.record`. */
  async record(proposal: TradeProposal, claim: IdempotencyClaim | null): Promise<RecordOutcome> {
    const { sender } = proposal;
    const row = await this.attempt('user', [sender.id, sender.username, sender.name], proposal, claim);
    if (row !== null && row !== RACED) return this.outcomeOf(row, proposal, claim);
    return (await this.findReplayed(sender.id, claim)) ?? { outcome: 'refused', facts: NO_FACTS };
  }

  /** `SessionTrades.record`; `RACED` where another attempt with the same key was committed first. */
  async recordBySession(
    { digest, bounds, touchedBefore }: SessionUse,
    draft: TradeDraft,
    claim: IdempotencyClaim | null,
  ): Promise<RecordedBySession | typeof RACED | null> {
    const proposal = { ...draft, createdAt: bounds.now };
    const row = await this.attempt('session', [bytes(digest), bounds.idleSince, touchedBefore], proposal, claim);
    if (row === null || row === RACED) return row;
    return { sender: row.sender, outcome: await this.outcomeOf(row, proposal, claim) };
  }

  /** `sender` has parameters 1, 6 and 7 of the statement. */
  private async attempt(
    form: SenderForm,
    [sender, ...more]: readonly [Parameter, Parameter, Parameter],
    { id, cardId, recipient, createdAt }: Omit<TradeProposal, 'sender'>,
    claim: IdempotencyClaim | null,
  ): Promise<RecordTradeRow | typeof RACED | null> {
    const { column, value } = userLookup(recipient);
    const claimed = claim ? [claim.key, claim.request, claim.claimedAt] : [null, null, null];
    const values = [sender, cardId, value, id, createdAt, ...more, ...claimed];
    try {
      const [row] = await this.writes.query(this.statements[form][column], values);
      return row ?? null;
    } catch (error) {
      if (isUniqueViolation(error, 'idempotency_records_pkey')) return RACED;
      throw error;
    }
  }

  private async outcomeOf(
    { sender, recorded, replayed, facts }: RecordTradeRow,
    { id: tradeId, cardId, createdAt }: Omit<TradeProposal, 'sender'>,
    claim: IdempotencyClaim | null,
  ): Promise<RecordOutcome> {
    if (recorded) {
      this.hints.publish([sender.id, recorded.counterparty.id]);
      return { outcome: 'recorded', entry: { ...recorded, direction: 'sent', tradeId, cardId, createdAt } };
    }
    if (replayed) return replayed as Replayed<TradeEntry>;
    // The attempt that was faster may have had the same key. The snapshot did not show it.
    return (await this.findReplayed(sender.id, claim)) ?? { outcome: 'refused', facts };
  }

  private async findReplayed(senderId: Id, claim: IdempotencyClaim | null): Promise<Replayed<TradeEntry> | null> {
    return claim && (await this.idempotency.find<TradeEntry>(senderId, claim));
  }
}

const FORMS = ['user', 'session'] as const;
const COLUMNS = ['id', 'email', 'username_key'] as const;
const RECIPIENTS = { id: 'ids', email: 'emails', username_key: 'usernameKeys' } as const;

type PartiesIn = (values: readonly Parameter[]) => Partial<Parties>;

/** Returns what reads the sender, parameter 1, and the recipient, parameter 3. */
const partiesOf =
  (form: SenderForm, column: keyof typeof RECIPIENTS): PartiesIn =>
  ([sender, , recipient]) => {
    const to = { [RECIPIENTS[column]]: [recipient as string] };
    if (form === 'session') return { ...to, digests: [`\\x${Buffer.from(sender as Uint8Array).toString('hex')}`] };
    return { ...to, ids: column === 'id' ? [recipient as string, sender as string] : [sender as string] };
  };

const statements = (schema: Schema, form: SenderForm) => ({
  id: recordTradeStatement(schema, 'id', form),
  email: recordTradeStatement(schema, 'email', form),
  username_key: recordTradeStatement(schema, 'username_key', form),
});
