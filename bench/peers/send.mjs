import { randomUUID } from 'node:crypto';

/** `headers` are names and values in turn, copied from an answer of Tradepost's; values that differ in each are replaced. */
export function send(response, { status, headers }, text, cookie) {
  const body = Buffer.from(text);
  const own = headers.slice();
  for (let index = 0; index < own.length; index += 2) {
    const name = own[index].toLowerCase();
    if (name === 'x-request-id') own[index + 1] = randomUUID();
    else if (name === 'content-length') own[index + 1] = String(body.length);
    else if (name === 'set-cookie') own[index + 1] = cookie;
  }
  response.writeHead(status, own).end(body);
}

export const refuse = (response, status) => response.writeHead(status, { 'Content-Length': 0 }).end();
