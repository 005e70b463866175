import { afterEach, beforeEach, vi } from 'vitest';
import { soon } from './fake-socket.js';

interface Request {
  readonly path: string;
  readonly credentials: string | undefined;
  readonly authorization: string | undefined;
  answer(status: number, body?: object): Promise<unknown>;
}

let requests: Request[] = [];

/** Call once per file. Replaces `fetch`: the test answers each request. */
export function useFakeHttp(): void {
  beforeEach(() => {
    requests = [];
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => new Promise(resolve => receive(url, init, resolve)));
  });
  afterEach(() => void vi.unstubAllGlobals());
}

/** Returns the last request for this path. */
export function requestOf(path: string): Request {
  const found = requests.findLast(each => each.path === path);
  if (!found) throw new Error(`nothing asked for ${path}`);
  return found;
}

function receive(url: string, { credentials, headers }: RequestInit, resolve: (answer: Response) => void): void {
  requests.push({
    path: new URL(url).pathname,
    credentials,
    authorization: new Headers(headers).get('authorization') ?? undefined,
    answer: (status, body) => {
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      const text = body === undefined ? null : JSON.stringify(status < 400 ? body : { status, ...body });
      resolve(new Response(text, { status, headers: { 'content-type': type } }));
      return soon();
    },
  });
}
