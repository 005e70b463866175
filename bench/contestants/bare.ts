import type { Person } from '../database/people.js';
import type { HttpRequest } from '../load/generator.js';
import { type Answer, type AnswerTemplate, fetchAnswer, headerOf, keepAliveTimeoutOf, templateOf } from './answer.js';
import { type Contestant, SECRET, startContestant } from './contestant.js';
import { COOKIE_NAME, loginRequest } from './requests.js';
import { assertSameBytes, type Fresh } from './same-bytes.js';

export type Route = 'list' | 'record' | 'login';

/** Settings that let a hand-written server return what Tradepost returns. */
export interface Sample {
  readonly secret: string;
  readonly cookieName: string;
  readonly keepAliveTimeout: number;
  readonly answers: Readonly<Partial<Record<Route, AnswerTemplate>>>;
}

/** Sends Tradepost one request of each kind, to give its headers to the hand-written servers. */
export async function sampleOf(
  { origin }: Contestant,
  requests: Readonly<Partial<Record<Route, HttpRequest>>>,
): Promise<Sample> {
  const answers: Partial<Record<Route, Answer>> = {};
  for (const [route, request] of Object.entries(requests)) {
    const answer = await fetchAnswer(origin, request);
    if (answer.status >= 300) throw new Error(`Tradepost refused ${request.method} ${request.path}:\n${answer.bytes}`);
    answers[route as Route] = answer;
  }
  const [any] = Object.values(answers);
  if (!any) throw new Error('no request');
  const templates = Object.fromEntries(Object.entries(answers).map(([route, answer]) => [route, templateOf(answer)]));
  return { secret: SECRET, cookieName: COOKIE_NAME, keepAliveTimeout: keepAliveTimeoutOf(any), answers: templates };
}

export const startBare = (
  name: string,
  databaseUrl: string,
  sample: Sample,
  own: {
    readonly module?: string;
    readonly queries?: 'two' | 'joined' | 'raw';
    readonly telling?: 'notify' | 'nobody';
  } = {},
): Promise<Contestant> => {
  const { module = 'bare', queries = 'two', telling = 'notify' } = own;
  return startContestant(name, module, { databaseUrl, ...sample, queries, telling });
};

/**
 * Sends the same requests to two servers. `between` runs before each request to the other.
 *
 * @throws Error unless both return the same bytes, apart from what is fresh in each answer.
 */
export async function checkSameBytes(
  one: Contestant,
  other: Contestant,
  requestsOf: (origin: string) => readonly HttpRequest[],
  fresh?: Fresh,
  between: () => Promise<void> = async () => undefined,
): Promise<void> {
  const requests = requestsOf(other.origin);
  for (const [index, request] of requestsOf(one.origin).entries()) {
    const expected = await fetchAnswer(one.origin, request);
    await between();
    const found = await fetchAnswer(other.origin, requests[index] ?? request);
    assertSameBytes([one.name, other.name], [expected, found], fresh);
  }
}

/** @throws Error unless the other server accepts the cookie that Tradepost sets. */
export async function checkCookie(tradepost: Contestant, other: Contestant, person: Person): Promise<void> {
  const answer = await fetchAnswer(tradepost.origin, loginRequest(tradepost.origin, person));
  const cookie = headerOf(answer, 'set-cookie')?.split(';')[0];
  if (!cookie?.startsWith(`${COOKIE_NAME}=`)) throw new Error(`Tradepost did not set a cookie:\n${answer.bytes}`);
  const request: HttpRequest = { method: 'GET', path: '/trades', headers: { cookie } };
  const { status } = await fetchAnswer(other.origin, request);
  if (status !== 200) throw new Error(`${other.name} returned ${status} for the cookie that Tradepost set`);
}
