import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Operation } from '../../src/adapters/driving/operations/index.js';
import { operations, results } from '../../src/adapters/driving/operations/index.js';
import { socketMethods } from '../../src/adapters/driving/websocket/socket-methods.js';
import { inputsOf } from './inputs.js';
import type { Target, Transport } from './outcome.js';
import { overHttp } from './over-http.js';
import { overWebSocket } from './over-websocket.js';
import { settingsOf } from './settings.js';
import type { World } from './world.js';
import { serveWorld } from './world.js';

/** Every operation of the table, so that a new one is fuzzed too. */
const TARGETS = Object.entries(operations as Record<string, Operation>).map(
  ([name, { input, output, errors, access, idempotent, route }]): Target => ({
    name,
    input,
    output: output === results.nothing ? z.union([z.undefined(), z.null()]) : output,
    errors: [...errors, ...(access === 'session' ? ['unauthenticated'] : [])],
    needsSession: access === 'session',
    idempotent,
    route,
  }),
);

/** The methods that only sockets have. */
const SOCKET_TARGETS = Object.entries(socketMethods).map(
  ([name, { input, output, errors }]): Target => ({
    name,
    input,
    output,
    errors,
    needsSession: name === 'trades.watch',
    idempotent: false,
    route: null,
  }),
);

const LIMIT = 3_600_000;

let world: World;
beforeAll(async () => {
  world = await serveWorld();
});
afterAll(() => world.stop());

/** The names of what every object inherits. */
const inherited = (): string[] =>
  [Object.prototype, Array.prototype, Function.prototype, String.prototype].flatMap(prototype =>
    Reflect.ownKeys(prototype).map(String),
  );
const INHERITED = inherited();

async function fuzz<Request>(target: Target, transport: Transport<Request>): Promise<void> {
  const { name, needsSession, output } = target;
  const declared = new Set([...target.errors, ...transport.errors]);
  // Only a store or a queue that is too busy is a reason for these, and here none is.
  declared.delete('overloaded');
  const counts = new Map<string, number>();
  const settings = settingsOf('FUZZ_REQUESTS', 150);

  const check = async (request: Request): Promise<void> => {
    const outcome = await transport.send(target, request);
    const seen = 'code' in outcome ? outcome.code : outcome.kind;
    counts.set(seen, (counts.get(seen) ?? 0) + 1);
    expect(world.failures, 'failures that were logged').toEqual([]);
    expect(inherited(), 'what every object inherits').toEqual(INHERITED);
    const hasChanged = await world.store.hasChanged();
    if (hasChanged) {
      await world.store.reset();
      transport.onReset();
    }
    if ('code' in outcome) {
      if (outcome.kind === 'refused') expect([...declared], `codes of ${name}`).toContain(outcome.code);
      expect(hasChanged, 'a refused request changed the store').toBe(false);
    } else if (outcome.kind === 'succeeded') {
      output.parse(outcome.result);
      expect(needsSession && !transport.isGenuine(request), 'succeeded without a session').toBe(false);
      if (target.route?.method === 'GET') expect(hasChanged, 'a request that reads changed the store').toBe(false);
    }
  };

  const cases = fc.asyncProperty(transport.requestsFor(target, inputsOf(target.input, world.known)), check);
  try {
    await fc.assert(cases, settings);
  } finally {
    world.failures.length = 0;
    await world.store.reset();
    transport.onReset();
    const summary = [...counts].map(([what, count]) => `${what} ${count}`).join(', ');
    console.error(`${name}: ${settings.numRuns} cases, seed ${settings.seed}: ${summary}`);
  }
  if (settings.path !== undefined) return;
  expect(counts.get('succeeded'), 'requests that succeeded').toBeGreaterThan(0);
  expect(
    [...declared].some(code => counts.has(code)),
    'requests that were refused',
  ).toBe(true);
}

describe('hostile requests over HTTP', () => {
  test.each(TARGETS.map(target => [target.name, target] as const))(
    '%s',
    (_name, target) => fuzz(target, overHttp(world)),
    LIMIT,
  );
});

describe('hostile messages over WebSocket', () => {
  test.each([...TARGETS, ...SOCKET_TARGETS].map(target => [target.name, target] as const))(
    '%s',
    (_name, target) => fuzz(target, overWebSocket(world)),
    LIMIT,
  );
});
