import { onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';

/**
 * Acts as a page of a browser: keeps the cookies of one origin, and sends them and the origin of the page with every
 * socket and with every request that may have credentials.
 */
export function browser(origin: string) {
  const cookies = new Map<string, string>();
  const { fetch } = globalThis;
  const cookie = (): string => [...cookies].map(pair => pair.join('=')).join('; ');

  async function pageFetch(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('origin', origin);
    const included = init.credentials === 'include';
    if (included && cookies.size > 0) headers.set('cookie', cookie());
    const answer = await fetch(url, { ...init, headers });
    for (const text of included ? answer.headers.getSetCookie() : []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  }

  class PageWebSocket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { origin, headers: cookies.size > 0 ? { cookie: cookie() } : {} });
    }
  }

  vi.stubGlobal('fetch', pageFetch);
  onTestFinished(() => void vi.unstubAllGlobals());
  return { WebSocket: PageWebSocket, cookies };
}
