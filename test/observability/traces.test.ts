import type { Span, TextMapPropagator } from '@opentelemetry/api';
import { context, createTraceState, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { RecentSpans } from '../../src/adapters/driven/opentelemetry/recent-spans.js';
import { findTracing } from '../../src/main/observers.js';
import { Canaries } from '../support/canaries.js';
import { send } from '../support/http/requests.js';
import { pingPong, somebody } from '../support/library-users.js';
import { startObserved } from '../support/observability/observed-server.js';
import { connect, pause } from '../support/sockets/socket-client.js';
import { leaking } from '../support/stores/leaking.js';

const exporter = new InMemorySpanExporter();
const spans = (): ReadableSpan[] => exporter.getFinishedSpans();
const named = (name: string): ReadableSpan => spans().find(span => span.name === name) ?? expect.fail(`no ${name}`);
const namesOf = (all: readonly ReadableSpan[]): string[] => all.map(({ name }) => name);

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

/** A propagator of an application, which reads more than `traceparent`. */
const stateReading: TextMapPropagator = {
  inject: () => undefined,
  fields: () => ['traceparent', 'tracestate'],
  extract: (into, carrier, getter) => {
    const [, traceId = '', spanId = ''] = String(getter.get(carrier, 'traceparent')).split('-');
    const traceState = createTraceState(String(getter.get(carrier, 'tracestate')));
    return trace.setSpanContext(into, { traceId, spanId, traceFlags: 1, isRemote: true, traceState });
  },
};

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
});
afterEach(() => {
  exporter.reset();
  trace.disable();
  context.disable();
  propagation.disable();
});

describe('traces', () => {
  it('have a span of each operation, with one of each call of the store in it', async () => {
    const { server, tradepost } = await startObserved();
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const headers = { authorization: `Bearer ${ann.token}` };
    const card = await send(server.url, '/cards', { method: 'POST', headers, body: { name: 'Ace' } });
    exporter.reset();
    const body = { cardId: card.json.id, recipient: { id: bob.id } };
    expect((await send(server.url, '/trades', { method: 'POST', headers, body })).status).toBe(201);
    expect(namesOf(spans())).toEqual(['storage sessionTrades.record', 'POST /trades']);
    const operation = named('POST /trades');
    expect(operation.kind).toBe(SpanKind.SERVER);
    expect(operation.parentSpanContext).toBeUndefined();
    expect(operation.status.code).toBe(SpanStatusCode.UNSET);
    expect(operation.attributes).toEqual({
      'tradepost.transport': 'http',
      'tradepost.operation': 'trades.record',
      'http.request.method': 'POST',
      'http.route': '/trades',
      'http.response.status_code': 201,
    });
    const call = named('storage sessionTrades.record');
    expect(call.parentSpanContext?.spanId).toBe(operation.spanContext().spanId);
    expect(call.attributes).toEqual({ 'code.function.name': 'sessionTrades.record' });
  });

  it('continue the trace of the traceparent header, without and with a propagator', async () => {
    const { server } = await startObserved();
    const ask = (traceparent: string) => send(server.url, '/me', { headers: { traceparent } });
    await ask(`00-${TRACE}-${PARENT}-01`);
    expect(named('GET /me').parentSpanContext).toMatchObject({ traceId: TRACE, spanId: PARENT, isRemote: true });
    expect(named('GET /me').spanContext().traceId).toBe(TRACE);
    for (const invalid of [
      `00-${'0'.repeat(32)}-${PARENT}-01`,
      `00-${TRACE}-${PARENT}`,
      'nonsense',
      `ff-${TRACE}-${PARENT}-01`,
    ]) {
      exporter.reset();
      await ask(invalid);
      expect(named('GET /me').parentSpanContext, invalid).toBeUndefined();
    }
    propagation.setGlobalPropagator(stateReading);
    exporter.reset();
    const headers = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1' };
    await send(server.url, '/me', { headers });
    expect(named('GET /me').parentSpanContext?.traceState?.serialize()).toBe('vendor=1');
  });

  it('are part of the trace of an instrumentation around them', async () => {
    const { tradepost } = await startObserved();
    const outer: Span = trace.getTracer('the application').startSpan('outer');
    await context.with(trace.setSpan(context.active(), outer), () => somebody(tradepost));
    expect(named('users.register').kind).toBe(SpanKind.INTERNAL);
    expect(named('users.register').parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
  });

  it('have the calls of sockets as RPC, and their handshakes', async () => {
    const { tradepost, socketUrl } = await startObserved();
    const { token } = await somebody(tradepost);
    exporter.reset();
    const client = await connect(socketUrl, { token, headers: { traceparent: `00-${TRACE}-${PARENT}-01` } });
    await client.ask('cards.add', { name: '' });
    await client.ask('secret-method');
    expect(named('handshake').spanContext().traceId).toBe(TRACE);
    expect(named('handshake').attributes).toEqual({
      'tradepost.transport': 'websocket',
      'tradepost.operation': 'handshake',
      'http.response.status_code': 101,
    });
    expect(named('cards.add').kind).toBe(SpanKind.SERVER);
    expect(named('cards.add').attributes).toEqual({
      'tradepost.transport': 'websocket',
      'tradepost.operation': 'cards.add',
      'tradepost.problem': 'validation_failed',
      'rpc.system.name': 'jsonrpc',
      'rpc.method': 'cards.add',
      'rpc.response.status_code': '-32602',
      'jsonrpc.protocol.version': '2.0',
    });
    expect(named('unknown').attributes['rpc.method']).toBe('_OTHER');
  });

  it('mark failures of the server as errors, and refusals not', async () => {
    const store = leaking(memory());
    const { server } = await startObserved({ storage: store.connector });
    await send(server.url, '/me', { headers: { authorization: 'Bearer wrong' } });
    expect(named('GET /me').status.code).toBe(SpanStatusCode.UNSET);
    expect(named('GET /me').attributes).toMatchObject({
      'http.response.status_code': 401,
      'tradepost.problem': 'unauthenticated',
    });
    expect(named('GET /me').attributes).not.toHaveProperty('error.type');
    exporter.reset();
    store.fail(() => new Error('broken'));
    await send(server.url, '/me', { headers: { authorization: `Bearer ${'x'.repeat(43)}` } });
    store.fail(null);
    for (const name of ['GET /me', 'storage sessions.use']) {
      expect(named(name).status.code, name).toBe(SpanStatusCode.ERROR);
      expect(named(name).attributes['error.type']).toBe('internal');
    }
    await send(server.url, '/path', { method: 'PROPFIND' });
    expect(named('_OTHER').attributes).toMatchObject({ 'http.request.method': '_OTHER' });
  });

  it('have background work in traces of its own, not in that of the call that started it', async () => {
    const { tradepost } = await startObserved();
    const ann = await somebody(tradepost);
    const stop = await tradepost.watchTrades({ token: ann.token }, () => undefined);
    await pause(20);
    exporter.reset();
    // The periodic check of the watch.
    while (!spans().some(({ name }) => name === 'storage trades.latest')) await pause(50);
    stop();
    expect(named('storage trades.latest').parentSpanContext).toBeUndefined();
  }, 15_000);

  it('link the delivery of a trade to the request that recorded it', async () => {
    const { server, tradepost, socketUrl } = await startObserved();
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const client = await connect(socketUrl, { token: bob.token });
    await client.call('trades.watch', {});
    const headers = { authorization: `Bearer ${ann.token}` };
    const card = await send(server.url, '/cards', { method: 'POST', headers, body: { name: 'Ace' } });
    const body = { cardId: card.json.id, recipient: { id: bob.id } };
    await send(server.url, '/trades', { method: 'POST', headers, body });
    while (client.trades.length < 1) await pause(2);
    const delivery = named('trades.deliver');
    expect(delivery.kind).toBe(SpanKind.PRODUCER);
    expect(delivery.parentSpanContext).toBeUndefined();
    expect(delivery.links.map(link => link.context.spanId)).toEqual([named('POST /trades').spanContext().spanId]);
  });

  it('hold nothing of callers', async () => {
    const canaries = new Canaries();
    const { server, tradepost, socketUrl } = await startObserved();
    await tradepost.registerUser(canaries.person);
    const { username, password } = canaries.person;
    const { token } = await tradepost.login({
      username,
      password,
      delivery: 'token',
      userAgent: canaries.value('agent'),
    });
    canaries.addToken(token);
    const ann = await somebody(tradepost);
    const headers = {
      authorization: `Bearer ${token}`,
      'user-agent': canaries.value('agent'),
      traceparent: canaries.value('trace'),
      tracestate: canaries.value('state'),
      'idempotency-key': canaries.value('key'),
    };
    for (const path of ['/me', `/${canaries.value('path')}`, `/cards?after=${canaries.value('cursor')}`]) {
      await send(server.url, path, { headers });
    }
    await send(server.url, '/cards', { method: 'POST', headers, body: { name: canaries.value('card') } });
    await send(server.url, `/sessions/${canaries.value('id')}`, { method: 'DELETE', headers });
    const client = await connect(socketUrl, { token });
    await client.ask(canaries.value('method'), { text: canaries.value('text') });
    await client.call('trades.watch', {});
    const [, , me] = [ann, client, await tradepost.authenticate({ token })];
    await pingPong(tradepost, { ...ann, id: me.user.id, token }, ann, 2);
    while (client.trades.length < 2) await pause(2);
    expect(spans().length).toBeGreaterThan(20);
    const ids = [me.user.id, me.session.id, ...client.trades];
    for (const { name, attributes, events, status, links } of spans()) {
      const text = JSON.stringify([name, attributes, events, status, links.map(link => link.attributes)]);
      expect(canaries.in(text), text).toEqual([]);
      expect(
        ids.filter(id => text.includes(id)),
        text,
      ).toEqual([]);
    }
  });

  it('are made only where a tracer provider is registered when Tradepost is created', async () => {
    expect(await findTracing()).toMatchObject({ callStarted: expect.any(Function) });
    trace.disable();
    expect(await findTracing()).toBeNull();
    const { tradepost } = await startObserved();
    expect(tradepost.observer).toBeUndefined();
    context.disable();
    expect(await findTracing()).toBeNull();
  });
});

it('only the spans of the newest trades are remembered', () => {
  const recent = new RecentSpans(2);
  const span = { traceId: TRACE, spanId: PARENT, traceFlags: 1 };
  for (const id of ['a', 'b', 'c']) recent.add(id, span);
  expect(['a', 'b', 'c'].map(id => recent.get(id))).toEqual([undefined, span, span]);
});
