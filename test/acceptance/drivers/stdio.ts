import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { OperationName } from '../../../src/adapters/driving/operations/index.js';
import { operations, results } from '../../../src/adapters/driving/operations/index.js';
import type { Tradepost } from '../../../src/index.js';
import type { Driver } from '../driver.js';

type ServeLines = (tradepost: Tradepost, input: NodeJS.ReadableStream, output: NodeJS.WritableStream) => () => void;

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly data: { readonly detail: string } };
}

/** Acts as a program that has started `examples/stdio-transport` and talks to it by its standard streams. */
export async function stdioDriver(tradepost: Tradepost): Promise<Driver> {
  const example = new URL('../../../examples/stdio-transport/stdio.js', import.meta.url).href;
  const { serveLines } = (await import(example)) as { serveLines: ServeLines };
  const [input, output] = [new PassThrough(), new PassThrough()];
  const stop = serveLines(tradepost, input, output);
  const waiting = new Map<number, (answer: Answer) => void>();
  createInterface({ input: output }).on('line', line => {
    const answer = JSON.parse(line) as Answer;
    waiting.get(answer.id)?.(answer);
  });

  let sent = 0;
  const ask = async (method: OperationName, params: unknown): Promise<unknown> => {
    sent += 1;
    const id = sent;
    const answered = new Promise<Answer>(resolve => waiting.set(id, resolve));
    input.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    const { result, error } = await answered;
    waiting.delete(id);
    if (error) throw Object.assign(new Error(error.data.detail), error.data);
    return operations[method].output === results.nothing ? undefined : result;
  };

  return {
    call: async (name, given, caller, idempotencyKey) => {
      const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
      const beside = {
        ...(caller && { token: caller.credential }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      };
      return (await ask(name, isObject ? { ...given, ...beside } : given)) as never;
    },
    login: async given => {
      const result = (await ask('sessions.login', given)) as { token: string };
      return { caller: { credential: result.token }, result: result as never };
    },
    impostor: () => ({ credential: randomBytes(32).toString('base64url') }),
    close: async () => {
      stop();
      input.end();
    },
  };
}
