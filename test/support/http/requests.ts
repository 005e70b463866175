import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:http';
import { expect } from 'vitest';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body, parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers, and an answer of another form fails them.
  readonly json: any;
}

export interface Outgoing {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Sent as it is; an object as JSON, with the header that says so. */
  readonly body?: string | Buffer | object;
}

const agent = new Agent({ keepAlive: true, maxSockets: 100 });

/** A request with exactly these headers and exactly this path, which `fetch` would put in order. */
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

/** What every answer of Tradepost's own has, refusals included. */
export function expectSafe({ headers }: Answer): void {
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none'",
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'strict-transport-security': expect.stringMatching(/^max-age=\d{8,}/),
    'cache-control': 'no-store',
  });
  expect(headers).not.toHaveProperty('x-powered-by');
}

/** A whole and safe answer with a problem of this code. */
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
  expect(errors !== undefined, 'errors stand in answers to wrong input, and in no others').toBe(
    code === 'validation_failed',
  );
}

export function expectAnswer(answer: Answer, status: number): void {
  expect(answer.status, answer.text).toBe(status);
  expectSafe(answer);
}

/** Of a `validation_failed` answer, where it found something wrong. */
export const pointers = ({ json }: Answer): string[] => json.errors.map(({ pointer }: { pointer: string }) => pointer);
