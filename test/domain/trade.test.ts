import { describe, expect, it } from 'vitest';
import { parseId } from '../../src/domain/id.js';
import { explainRefusal } from '../../src/domain/trade.js';

const id = (last: number) => parseId(`01890a5d-ac96-774b-bcce-b30209900${String(last).padStart(3, '0')}`);
const [sender, other] = [id(1), id(2)];

describe('the reason for a refusal', () => {
  it.each([
    ['card_not_found', { cardOwnerId: null, recipientId: other }],
    ['card_not_found', { cardOwnerId: null, recipientId: null }],
    ['card_not_owned', { cardOwnerId: other, recipientId: other }],
    ['card_not_owned', { cardOwnerId: other, recipientId: null }],
    ['recipient_not_found', { cardOwnerId: sender, recipientId: null }],
    ['self_trade', { cardOwnerId: sender, recipientId: sender }],
    // The facts allow the trade: another trade of the card came first.
    ['card_not_owned', { cardOwnerId: sender, recipientId: other }],
  ])('is %s for %j', (code, facts) => {
    expect(explainRefusal(sender, facts)).toMatchObject({ code });
  });
});
