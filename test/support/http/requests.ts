import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:http';
import { expect } from 'vitest';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; null unless it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read fields of answers, and fail if an answer has another form.
  readonly json: any;
}

export interface Outgoing {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Sent unchanged; an object is sent as JSON with its Content-Type. */
  readonly body?: string | Buffer | object;
}

const agent = new Agent({ keepAlive: true, maxSockets: 100 });

/** Sends a request with exactly these headers and this path, which `fetch` would normalize. */
export function send(
  url: string,
  path: string,
  { method = 'GET', headers = {}, body }: Outgoing = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const asIs = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  const bytes = Buffer.from(asIs ? (body ?? '') : JSON.stringify(body));
  const outgoing = {
    ...(asIs ? {} : { 'content-type': 'application/json' }),
    ...(body === undefined || 'transfer-encoding' in headers ? {} : { 'content-length': bytes.length }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers: outgoing, agent }, incoming => {
      readAnswer(incoming).then(resolve, reject);
    });
    sent.on('error', reject);
    sent.end(bytes);
  });
}

export async function readAnswer(incoming: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const { statusCode: status = 0, headers } = incoming;
  const isJson = headers['content-type']?.includes('json') && text;
  return { status, headers, text, json: isJson ? JSON.parse(text) : null };
}

/** Checks the headers that every answer of Tradepost has. */
export function expectSafe({ headers }: Answer): void {
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none'",
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  });
  expect(headers).not.toHaveProperty('x-powered-by');
}

/** Checks that an answer is a complete problem with this code and safe headers. */
export function expectProblem(answer: Answer, status: number, code: string): void {
  expect({ status: answer.status, code: answer.json?.code }, answer.text).toEqual({ status, code });
  expectSafe(answer);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  const { errors, ...problem } = answer.json;
  expect(problem).toEqual({
    type: `urn:tradepost:problem:${code}`,
    title: expect.stringMatching(/^[A-Z][a-z -]+$/),
    status,
    detail: expect.stringMatching(/./),
    code,
    requestId: answer.headers['x-request-id'],
  });
  expect(problem.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(errors !== undefined, 'only answers to invalid input have `errors`').toBe(code === 'validation_failed');
}

export function expectAnswer(answer: Answer, status: number): void {
  expect(answer.status, answer.text).toBe(status);
  expectSafe(answer);
}

/** Returns the pointers of the errors of a `validation_failed` answer. */
export const pointers = ({ json }: Answer): string[] => json.errors.map(({ pointer }: { pointer: string }) => pointer);
