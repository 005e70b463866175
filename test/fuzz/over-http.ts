import fc from 'fast-check';
import { expect } from 'vitest';
import type { ProblemCode } from '../../src/adapters/driving/operations/index.js';
import { errorTable } from '../../src/adapters/driving/operations/index.js';
import { expectAnswer, expectProblem, send } from '../support/http/requests.js';
import type { Credentials } from './credentials.js';
import { credentialsFor, headersOf } from './credentials.js';
import type { Damage, Json, Pair } from './json-text.js';
import { damage, damaged, hostileString, mutated, textOf } from './json-text.js';
import type { Transport } from './outcome.js';
import type { World } from './world.js';
import { USED_KEY } from './world.js';

interface HttpFuzzRequest {
  readonly input: Json;
  readonly damage: Damage | null;
  readonly credentials: Credentials;
  /** Headers besides those of the credentials. A header that is null is left out. */
  readonly headers: Readonly<Record<string, string | null>>;
}

const HEADERS = fc.record({
  'content-type': fc.oneof(
    { weight: 14, arbitrary: fc.constant('application/json') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ...[null, 'application/json; charset=utf-8', 'application/json; charset=utf-16', 'text/plain', ''],
        ...['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json, text/plain'],
      ),
    },
  ),
  'content-encoding': fc.oneof({ weight: 30, arbitrary: fc.constant(null) }, fc.constantFrom('gzip', 'identity', 'x')),
  'idempotency-key': fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    { weight: 2, arbitrary: fc.constantFrom('a-new-key', USED_KEY, '', 'k'.repeat(256), 'two words', '__proto__') },
    { weight: 1, arbitrary: hostileString.map(headerText) },
  ),
  'sec-fetch-site': fc.oneof(
    { weight: 30, arbitrary: fc.constant(null) },
    fc.constantFrom('same-origin', 'cross-site'),
  ),
  'x-forwarded-host': fc.oneof({ weight: 30, arbitrary: fc.constant(null) }, hostileString.map(headerText)),
  'user-agent': fc.option(hostileString.map(headerText)),
});

/** Without the characters that Node's client does not send in headers. */
function headerText(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?');
}

export function overHttp({ url, tokens }: World): Transport<HttpFuzzRequest> {
  return {
    errors: [
      ...['malformed_request', 'validation_failed', 'origin_forbidden', 'unsupported_media_type'],
      ...['payload_too_large', 'headers_too_large'],
    ],
    requestsFor: (target, input) =>
      fc.record({ input: mutated(input), damage, credentials: credentialsFor(target), headers: HEADERS }),
    isGenuine: ({ credentials: { carrier, tampering } }) => carrier !== 'none' && tampering === null,
    onReset: () => undefined,
    send: async ({ name, route }, request) => {
      if (!route) throw new Error(`${name} has no route`);
      const { input, damage: done } = request;
      const pairs = typeof input === 'string' ? [] : input.pairs;
      const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, key]) => key ?? '');
      const path = route.path.replaceAll(/\{(\w+)\}/g, (_, key: string) =>
        encode(pairs.find(([each]) => each === key)),
      );
      const isInBody = route.method === 'POST';
      const query = isInBody
        ? ''
        : queryOf(
            pairs.filter(([key]) => !inPath.includes(key)),
            done,
          );
      const headers = Object.fromEntries(Object.entries(request.headers).filter(([, value]) => value !== null));
      const answer = await send(url, `${path}${query}`, {
        method: route.method,
        headers: { ...(headers as Record<string, string>), ...headersOf(request.credentials, tokens, url) },
        ...(isInBody ? { body: damaged(textOf(input), done) } : {}),
      });
      if (answer.status < 400) {
        expectAnswer(answer, route.status);
        return { kind: 'succeeded', result: answer.text === '' ? undefined : answer.json };
      }
      const { code } = answer.json as { code: string };
      expect(Object.keys(errorTable)).toContain(code);
      expectProblem(answer, errorTable[code as ProblemCode].status, code);
      // Without a value for the key in it, the path is another one.
      const isAstray = code === 'route_not_found' && path.endsWith('/');
      return { kind: isAstray ? 'astray' : 'refused', code };
    },
  };
}

function queryOf(pairs: readonly Pair[], done: Damage | null): string {
  if (pairs.length === 0) return done?.kind === 'insert' ? `?${percent(done.bytes)}` : '';
  const query = pairs.map(([key, value]) => `${encodeText(key)}=${encode(['', value])}`).join('&');
  return done?.kind === 'insert' ? `?${query}${percent(done.bytes)}` : `?${query}`;
}

/** Bytes as escapes, the last of them cut off. */
const percent = (bytes: Uint8Array): string =>
  [...bytes]
    .map(byte => `%${byte.toString(16).padStart(2, '0')}`)
    .join('')
    .slice(0, -1);

/** The value of a pair for a URL: text without the quotes of JSON. */
function encode(pair: Pair | undefined): string {
  if (!pair) return '';
  const text = textOf(pair[1]);
  try {
    const value: unknown = JSON.parse(text);
    return encodeText(typeof value === 'string' ? value : text);
  } catch {
    return encodeText(text);
  }
}

/** Percent-encodes any text. A lone surrogate becomes its three bytes, which are not UTF-8. */
function encodeText(text: string): string {
  return [...text].map(character => (character.isWellFormed() ? encodeURIComponent(character) : '%ED%A0%80')).join('');
}
