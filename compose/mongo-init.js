// The image of MongoDB runs this once, when it creates its data. The user of the server has its own database only:
// `readWrite` for the data and the change streams, `dbAdmin` for the validators that migrations change.
db.getSiblingDB('tradepost').createUser({
  user: 'tradepost',
  pwd: process.env.DATABASE_PASSWORD,
  roles: [
    { role: 'readWrite', db: 'tradepost' },
    { role: 'dbAdmin', db: 'tradepost' },
  ],
});
