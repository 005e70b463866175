// Makes the JSON of docs/contract.md from rows.

const publicUser = ({ user_id: id, username, name }) => ({ id, username, name });

const trade = (row, self) => {
  const counterparty = {
    id: row.counterparty_id,
    username: row.counterparty_username,
    name: row.counterparty_name,
  };
  const [sender, recipient] = row.sent ? [self, counterparty] : [counterparty, self];
  const { trade_id: id, card_id: cardId, card_name: cardName, created_at: createdAt } = row;
  return { id, cardId, cardName, sender, recipient, createdAt };
};

const cursor = number => `t${Number(number).toString(36)}`;

/** `rows` are those of `findPage`, newest first; one without an entry where the log is empty. */
export function page(user, rows) {
  const self = publicUser(user);
  const entries = rows.filter(({ number }) => number !== null);
  const shown = entries.slice(0, 50);
  return {
    items: shown.map(row => trade(row, self)),
    next: entries.length > 50 ? cursor(shown.at(-1).number) : null,
    latest: cursor(rows[0].last_number),
  };
}
