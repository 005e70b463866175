import { randomBytes } from 'node:crypto';
import type { Answer } from './requests.js';
import { send } from './requests.js';

export interface Person {
  readonly email: string;
  readonly username: string;
  readonly name: string;
  readonly password: string;
}

export function stranger(): Person {
  const unique = randomBytes(6).toString('hex');
  return {
    email: `${unique}@example.org`,
    username: `u${unique}`,
    name: 'Somebody',
    password: `a phrase with ${unique}`,
  };
}

export interface Registered extends Person {
  readonly id: string;
}

/** `base` is the path that Tradepost is mounted at. */
export async function register(url: string, base = ''): Promise<Registered> {
  const person = stranger();
  const answer = await send(url, `${base}/register`, { method: 'POST', body: person });
  if (answer.status !== 201) throw new Error(answer.text);
  return { ...person, id: answer.json.id };
}

export const login = (url: string, { email, password }: Person, headers = {}, base = ''): Promise<Answer> =>
  send(url, `${base}/login`, { method: 'POST', headers, body: { email, password } });

/** Returns `name=value` of the cookie that an answer sets. */
export const cookieOf = ({ headers }: Answer): string => headers['set-cookie']?.[0]?.split(';')[0] ?? '';

/** Logs in and returns the headers of a browser on a page of the server. */
export async function browser(url: string, person: Person): Promise<{ cookie: string; origin: string }> {
  return { cookie: cookieOf(await login(url, person)), origin: url };
}

/** Logs in and returns the headers of a program. */
export async function program(url: string, { email, password }: Person): Promise<{ authorization: string }> {
  const { json } = await send(url, '/login', { method: 'POST', body: { email, password, delivery: 'token' } });
  return { authorization: `Bearer ${json.token}` };
}

export async function addCard(url: string, headers: object, name = 'Ace'): Promise<string> {
  const { json } = await send(url, '/cards', { method: 'POST', headers: { ...headers }, body: { name } });
  return json.id;
}
