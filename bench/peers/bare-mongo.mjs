import { createServer } from 'node:http';
import { refuse, send } from './send.mjs';
import { digestOf, tokenOf } from './session-cookie.mjs';
import { fromProduct, serve, settings } from './support.mjs';
import { page } from './trades.mjs';

/**
 * The reference on MongoDB: node:http, a signed cookie and the two commands of Tradepost's adapter, with the driver's
 * default options; Tradepost reads with read concern `majority` and a time limit. It returns the same bytes as
 * Tradepost, and does not do what `bare.mjs` does not do.
 */
const { Binary, MongoClient } = fromProduct('mongodb');
const client = await new MongoClient(settings.databaseUrl, { maxPoolSize: 10 }).connect();
const collection = name => client.db().collection(`tradepost.${name}`);

const findUser = digest =>
  collection('sessions')
    .aggregate([
      { $match: { digest: new Binary(digest), expiresAt: { $gt: new Date() } } },
      { $lookup: { from: 'tradepost.users', localField: 'userId', foreignField: '_id', as: 'user' } },
      { $unwind: '$user' },
    ])
    .next();

const findLog = userId =>
  collection('trade_counters')
    .aggregate([
      { $match: { _id: userId } },
      {
        $lookup: {
          from: 'tradepost.trade_entries',
          let: { latest: '$lastNumber' },
          pipeline: [
            { $match: { userId } },
            { $sort: { number: -1 } },
            { $match: { $expr: { $lte: ['$number', '$$latest'] } } },
            { $limit: 51 },
          ],
          as: 'entries',
        },
      },
    ])
    .next();

const idOf = binary => binary.toUUID().toHexString();

const rowsOf = ({ lastNumber, entries }) =>
  (entries.length > 0 ? entries : [null]).map(entry => ({
    last_number: lastNumber,
    number: entry?.number ?? null,
    ...(entry && {
      sent: entry.sent,
      trade_id: idOf(entry.tradeId),
      card_id: idOf(entry.cardId),
      card_name: entry.cardName,
      counterparty_id: idOf(entry.counterpartyId),
      counterparty_username: entry.counterpartyUsername,
      counterparty_name: entry.counterpartyName,
      created_at: entry.createdAt,
    }),
  }));

async function list(request, response) {
  const token = tokenOf(request);
  const session = token && (await findUser(digestOf(token)));
  if (!session) return refuse(response, 401);
  const { username, name } = session.user;
  const log = (await findLog(session.userId)) ?? { lastNumber: 0, entries: [] };
  send(
    response,
    settings.answers.list,
    JSON.stringify(page({ user_id: idOf(session.userId), username, name }, rowsOf(log))),
  );
}

const server = createServer((request, response) => {
  if (request.url !== '/trades') return refuse(response, 404);
  list(request, response).catch(error => {
    console.error(error);
    refuse(response, 500);
  });
});
server.keepAliveTimeout = settings.keepAliveTimeout;
serve(server);
