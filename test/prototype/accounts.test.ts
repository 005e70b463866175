import { verify } from 'argon2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { login, program, register, stranger } from '../support/http/http-users.js';
import type { Answer } from '../support/http/requests.js';
import { expectAnswer, expectProblem, send } from '../support/http/requests.js';
import type { Inspected } from '../support/servers/inspected-server.js';
import { serveInspected } from '../support/servers/inspected-server.js';

/** With the hashing everybody gets who does not ask for another. */
let server: Inspected;
beforeAll(async () => {
  server = await serveInspected({ hashing: {} });
});
afterAll(() => server.stop());

const hashOf = async (email: string): Promise<string> => {
  const [row] = await server.rows<{ password_hash: string }>('SELECT password_hash FROM users WHERE email = $1', email);
  return row?.password_hash ?? '';
};

test('the answer held the password’s hash: no answer of a whole visit has it, nor the password, nor a token', async () => {
  const { url } = server;
  const [person, other] = [stranger(), await register(url)];
  const { email, username, password } = person;
  const answers: Answer[] = [await send(url, '/register', { method: 'POST', body: person })];
  answers.push(await login(url, person));
  const headers = await program(url, person);
  const body = (value: object) => ({ method: 'POST', headers, body: value });
  const card = await send(url, '/cards', body({ name: 'Ace' }));
  answers.push(
    card,
    await send(url, '/trades', body({ cardId: card.json.id, recipient: { email: other.email } })),
    await send(url, '/trades', body({ cardId: card.json.id, recipient: { email } })),
    await send(url, '/register', { method: 'POST', body: person }),
    await send(url, '/register', { method: 'POST', body: { ...person, email: 'x' } }),
    await send(url, '/login', { method: 'POST', body: { username, password: `${password}!` } }),
    await send(url, '/me', { headers }),
    await send(url, '/sessions', { headers }),
    await send(url, '/cards', { headers }),
    await send(url, '/trades', { headers }),
    await send(url, '/logout', { method: 'POST', headers }),
  );
  expect(answers.map(({ status }) => status)).toEqual([
    201, 200, 201, 201, 409, 409, 422, 401, 200, 200, 200, 200, 204,
  ]);
  const [, , , , salt = '', digest = ''] = (await hashOf(email)).split('$');
  expect(salt.length + digest.length).toBe(22 + 43);
  const told = answers.map(({ text, headers }) => text + JSON.stringify(headers)).join('\n');
  for (const secret of ['argon2', 'hash', salt, digest, password, headers.authorization.slice('Bearer '.length)]) {
    expect(told.toLowerCase().includes(secret.toLowerCase()), secret).toBe(false);
  }
});

test('the column cut the hash off after 50 characters: the whole of it is stored, and verifies', async () => {
  const { email, password } = await register(server.url);
  const hash = await hashOf(email);
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,(?:t=2,p=1|p=1,t=2)\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(await verify(hash, password)).toBe(true);
  expect(await verify(hash, `${password}!`)).toBe(false);
});

test('an unknown e-mail address ended the process: it is 401, in the words a wrong password gets', async () => {
  const person = await register(server.url);
  const [unknown, wrong] = [
    await login(server.url, stranger()),
    await login(server.url, { ...person, password: 'not the password' }),
  ];
  for (const answer of [unknown, wrong]) expectProblem(answer, 401, 'invalid_credentials');
  expect({ ...unknown.json, requestId: '' }).toEqual({ ...wrong.json, requestId: '' });
  expectAnswer(await login(server.url, person), 200);
});

test('a second registration was 500: it is 409, says what is taken, and changes nothing', async () => {
  const { id, ...person } = await register(server.url);
  const [before] = await server.rows('SELECT * FROM users WHERE id = $1', id);
  const again = (given: object) =>
    send(server.url, '/register', { method: 'POST', body: { ...stranger(), password: 'another phrase', ...given } });
  expectProblem(await again(person), 409, 'email_taken');
  expectProblem(await again({ email: person.email.toUpperCase() }), 409, 'email_taken');
  expectProblem(await again({ username: person.username.toUpperCase() }), 409, 'username_taken');
  expect(
    await server.rows('SELECT * FROM users WHERE email = $1 OR username = $2', person.email, person.username),
  ).toEqual([before]);
});
