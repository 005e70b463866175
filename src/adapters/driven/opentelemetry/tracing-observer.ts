import type { Attributes, Context, Link, Span, SpanContext } from '@opentelemetry/api';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type {
  CallEnd,
  Observation,
  ObservedCall,
  ObservedDelivery,
  ObservedStorageCall,
  Observer,
} from '../../../application/ports/driven/observer.js';
import { RecentSpans } from './recent-spans.js';

/** Recorded trades whose spans are remembered. A delivery follows within a second. */
const REMEMBERED = 1000;

/** The methods that semantic conventions name; others are `_OTHER`, because a client can send any text. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

/**
 * Makes a span of each call of an operation, one of each call of the store within it, and one of each delivery of a
 * trade, with a link to the span that recorded it, if this process did. Attributes follow OpenTelemetry's semantic
 * conventions (1.38) for HTTP servers, RPC and code. They hold no ids, no addresses and no input.
 *
 * The tracer is that of the provider that is registered now.
 */
export function tracingObserver(): Observer {
  const tracer = trace.getTracer('tradepost');
  const recorded = new RecentSpans(REMEMBERED);
  const ended = new WeakSet<Span>();

  const observe = (span: Span, parent: Context, onEnd: (end: CallEnd) => void): Observation => ({
    within: work => context.with(trace.setSpan(parent, span), work),
    ended: end => {
      onEnd(end);
      span.end();
      ended.add(span);
    },
  });

  return {
    callStarted(call: ObservedCall): Observation {
      const parent = parentOf(call);
      const kind = call.transport === 'library' ? SpanKind.INTERNAL : SpanKind.SERVER;
      const span = tracer.startSpan(nameOf(call), { kind, attributes: attributesOf(call) }, parent);
      return observe(span, parent, end => describeEnd(span, call, end));
    },

    storageCallStarted({ name }: ObservedStorageCall): Observation {
      const parent = withoutEnded(context.active(), ended);
      const span = tracer.startSpan(`storage ${name}`, { attributes: { 'code.function.name': name } }, parent);
      return observe(span, parent, ({ code, status = 500 }) => {
        if (code !== 'ok' && status >= 500) fail(span, code);
      });
    },

    tradeRecorded({ id }): void {
      const current = trace.getSpanContext(context.active());
      if (current) recorded.add(id, current);
    },

    tradeDelivered({ transport, tradeId }: ObservedDelivery): void {
      const origin = recorded.get(tradeId);
      const links: Link[] = origin ? [{ context: origin }] : [];
      const attributes = { 'messaging.operation.type': 'send', 'tradepost.transport': transport };
      // Not part of the trace in which the watch happens to read on.
      tracer.startSpan('trades.deliver', { kind: SpanKind.PRODUCER, attributes, links, root: true }).end();
    },
  };
}

/**
 * Timers and subscriptions keep the context in which they were started. What they do later is no part of that call.
 */
function withoutEnded(active: Context, ended: WeakSet<Span>): Context {
  const span = trace.getSpan(active);
  return span && ended.has(span) ? trace.deleteSpan(active) : active;
}

/** The caller's span: the active one, of an instrumentation around this, or else that of the request's headers. */
function parentOf({ trace: headers }: ObservedCall): Context {
  const active = context.active();
  if (!headers || trace.getSpan(active)) return active;
  const parent = remoteParent(headers.traceparent);
  // The application's propagator may know more, such as `tracestate`. Without one the header is read here.
  const extracted = propagation.extract(active, headers);
  if (trace.getSpan(extracted) || !parent) return extracted;
  return trace.setSpanContext(active, parent);
}

/** Reads a `traceparent` of version 00 (W3C Trace Context, 3.2). Returns null if it is invalid. */
function remoteParent(header: string): SpanContext | null {
  const [, traceId = '', spanId = '', flags = ''] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(header) ?? [];
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return trace.isSpanContextValid(parent) ? parent : null;
}

const nameOf = ({ operation, transport, method, route }: ObservedCall): string => {
  if (transport !== 'http') return operation ?? 'unknown';
  return route === undefined ? methodOf(method) : `${methodOf(method)} ${route}`;
};

const methodOf = (method = ''): string => (METHODS.has(method) ? method : '_OTHER');

function attributesOf({ operation, transport, method, route }: ObservedCall): Attributes {
  const shared = { 'tradepost.transport': transport, ...(operation !== null && { 'tradepost.operation': operation }) };
  if (transport === 'http') {
    return { ...shared, 'http.request.method': methodOf(method), ...(route !== undefined && { 'http.route': route }) };
  }
  if (transport === 'library' || operation === 'handshake') return shared;
  return {
    ...shared,
    'rpc.system.name': 'jsonrpc',
    'rpc.method': operation ?? '_OTHER',
    'jsonrpc.protocol.version': '2.0',
  };
}

function describeEnd(span: Span, { operation, transport }: ObservedCall, { code, status, rpcCode }: CallEnd): void {
  const isHttp = transport === 'http' || operation === 'handshake';
  if (isHttp && status !== undefined) span.setAttribute('http.response.status_code', status);
  if (code === 'ok') return;
  span.setAttribute('tradepost.problem', code);
  if (!isHttp && rpcCode !== undefined) span.setAttribute('rpc.response.status_code', String(rpcCode));
  // A refusal is no failure of the server (semantic conventions for HTTP spans, "Status").
  if (status === undefined || status >= 500) fail(span, code);
}

function fail(span: Span, code: string): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
