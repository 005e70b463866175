import type { Operation, OperationName, ProblemCode } from '../operations/index.js';
import { errorTable, operations } from '../operations/index.js';
import type { JsonSchema } from '../operations/schemas.js';
import { componentSchemas, exampleOf, hasResult, resultName, schemaOf } from '../operations/schemas.js';
import { problemsOf } from '../web/openapi.js';
import { Html, html, join, prose } from './html.js';
import type { Field } from './schema-tables.js';
import { fieldsOf, fieldTable, typeOf } from './schema-tables.js';

/** What the page takes from the document of the socket (OpenRPC), which its adapter generates. */
export interface SocketReference {
  readonly methods: readonly {
    readonly name: string;
    readonly summary: string;
    readonly params: readonly Field[];
    readonly result: { readonly schema: JsonSchema };
    readonly errors: readonly { readonly data: { readonly code: readonly ProblemCode[] } }[];
  }[];
  readonly 'x-notifications': readonly {
    readonly name: string;
    readonly summary: string;
    readonly params: JsonSchema;
  }[];
}

const DIALECT = 'draft-2020-12';
const SCHEMAS = '#/components/schemas/';

type Rows = readonly (readonly [OperationName, Operation])[];

/** Returns the reference of HTTP and of the socket as a page of HTML, generated from the tables that the server uses. */
export function referencePage(socket: SocketReference, style: string, icon: string): string {
  const rows = Object.entries(operations) as unknown as Rows;
  const schemas = componentSchemas(SCHEMAS, DIALECT);
  const resolve = (ref: string): JsonSchema => schemas[ref.slice(SCHEMAS.length)] ?? {};
  const ofSocket = socket.methods.filter(({ name }) => !Object.hasOwn(operations, name));
  const { SocketProblem: _, ...shapes } = schemas;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tradepost: reference</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><p class="brand"><a href="./">Tradepost</a> reference</p>
<nav aria-label="Documents"><a href="openapi.json">OpenAPI</a> <a href="openrpc.json">OpenRPC</a> <a href="asyncapi.json">AsyncAPI</a> <a href="llms.txt">llms.txt</a></nav></header>
<div class="columns">
<nav class="contents" aria-label="Contents">${contents(rows)}</nav>
<main id="main">
<h1>Tradepost: reference</h1>
${introduction()}
<h2 id="operations">Operations</h2>
${rows.map(([name, row]) => section(name, row, resolve))}
<h2 id="socket">The socket</h2>
<p>Every operation is also a method of JSON-RPC 2.0 over the WebSocket <code>/ws</code>, subprotocol <code>tradepost.v1</code>, with the
same input and result. Its methods and notifications besides:</p>
${ofSocket.map(methodSection)}
${socket['x-notifications'].map(notificationSection)}
<h2 id="shapes">Shapes</h2>
${Object.entries(shapes).map(
  ([name, schema]) => html`<h3 id="shape-${name}">${name}</h3>
${fieldTable(`Fields of ${name}`, fieldsOf(schema))}`,
)}
<h2 id="errors">Errors</h2>
<p>Over HTTP an error is a problem (RFC 9457) of type <code>application/problem+json</code>, over a socket an error of JSON-RPC with the problem
as its <code>data</code>. Codes are stable.</p>
${errorCatalogue()}
</main></div>
</body>
</html>
`.text;
}

const contents = (rows: Rows): Html => html`<ul>
<li><a href="#start">Start</a></li>
<li><a href="#operations">Operations</a><ul>${rows.map(([name, row]) => html`<li><a href="#${name}">${row.library}</a></li>`)}</ul></li>
<li><a href="#socket">The socket</a></li><li><a href="#shapes">Shapes</a></li><li><a href="#errors">Errors</a></li></ul>`;

const introduction = (): Html => html`<section aria-labelledby="start"><h2 id="start">Start</h2>
<p>The examples need the server's URL, and a session's token, which a login returns:</p>
${code('Variables of the examples', START)}
<p>Browsers use a cookie instead: a login without <code>delivery</code> sets it. A request that changes something then needs the
<code>Origin</code> of the server, which browsers send. Lists are newest first; <code>next</code> is the <code>after</code> of the next page. With an
<code>Idempotency-Key</code>, repeating a request within a day returns the first answer again.</p></section>`;

const START = `api=http://127.0.0.1:3000
token=…   # of POST /login with "delivery": "token"`;

const code = (label: string, text: string): Html =>
  html`<pre role="region" aria-label="${label}" tabindex="0"><code>${text}</code></pre>`;

function section(name: OperationName, row: Operation, resolve: (ref: string) => JsonSchema): Html {
  const input = schemaOf(row.input, 'input', DIALECT);
  const example = exampleOf(input, resolve) as Readonly<Record<string, unknown>>;
  const fields = fieldsOf(input);
  const needs = row.access === 'session' ? 'Needs a session.' : 'Needs no session.';
  const key = row.idempotent ? ' Takes an idempotency key.' : '';
  const request = { jsonrpc: '2.0', id: 1, method: name, params: example };
  return html`<section class="operation" aria-labelledby="${name}">
<h3 id="${name}">${row.library}</h3>
<p class="ways"><code>${row.route.method} ${row.route.path}</code> <code>${name}</code></p>
<p>${prose(row.summary)} ${needs}${key}</p>
${fields.length > 0 ? fieldTable(`Input of ${row.library}`, fields) : html`<p>No input.</p>`}
<p>Result: status ${row.route.status}${hasResult(row) ? html`, ${typeOf({ $ref: SCHEMAS + resultName(row) })}` : ', nothing'}.</p>
<p>Problems: ${join(problemsOf(row).map(problemLink), ', ')}.</p>
${code(`Example of ${row.library} over HTTP`, curlOf(row, example))}
<details><summary>Over a socket</summary>${code(`Example of ${row.library} over a socket`, JSON.stringify(request, null, 2))}</details>
</section>`;
}

const problemLink = (code: ProblemCode): Html => html`<a href="#error-${code}"><code>${code}</code></a>`;

/** Returns a command that sends an example. `$api` is the server, `$token` that of a session. */
function curlOf({ library, route, access, idempotent }: Operation, example: Readonly<Record<string, unknown>>): string {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_match, key: string) => String(example[key]));
  const hasBody = route.method === 'POST' && Object.keys(example).length > 0;
  return [
    `curl -sS ${route.method === 'GET' ? '' : `-X ${route.method} `}"$api${path}"`,
    ...(access === 'session' ? ['-H "authorization: Bearer $token"'] : []),
    ...(idempotent ? [`-H 'idempotency-key: ${library}-1'`] : []),
    ...(hasBody ? ["-H 'content-type: application/json'", `-d '${JSON.stringify(example)}'`] : []),
  ].join(' \\\n  ');
}

const methodSection = ({ name, summary, params, result, errors }: SocketReference['methods'][number]): Html =>
  html`<section aria-labelledby="${name}"><h3 id="${name}">${name}</h3><p>${prose(summary)}</p>
${params.length > 0 ? fieldTable(`Parameters of ${name}`, params) : html`<p>No parameters.</p>`}
${resultOf(name, result.schema)}
<p>Problems: ${join([...new Set(errors.flatMap(({ data }) => data.code))].map(problemLink), ', ')}.</p></section>`;

function resultOf(name: string, schema: JsonSchema): Html {
  const fields = fieldsOf(schema);
  return fields.length > 0 ? fieldTable(`Result of ${name}`, fields) : html`<p>Result: ${typeOf(schema)}.</p>`;
}

const notificationSection = ({ name, summary, params }: SocketReference['x-notifications'][number]): Html =>
  html`<section aria-labelledby="${name}"><h3 id="${name}">${name}</h3><p>Notification. ${prose(summary)}</p>
${fieldTable(`Parameters of ${name}`, fieldsOf(params))}</section>`;

const errorCatalogue =
  (): Html => html`<div class="scroll" role="region" aria-label="Codes of errors" tabindex="0"><table>
<caption>Codes of errors</caption>
<thead><tr><th scope="col">code</th><th scope="col">meaning</th><th scope="col">HTTP</th><th scope="col">JSON-RPC</th><th scope="col">Retry-After</th></tr></thead>
<tbody>${Object.entries(errorTable).map(
    ([
      name,
      { title, status, rpcCode, retryAfter },
    ]) => html`<tr><th scope="row" id="error-${name}"><code>${name}</code></th>
<td>${title}</td><td>${status}</td><td>${rpcCode}</td><td>${retryAfter === null ? 'no' : 'yes'}</td></tr>`,
  )}</tbody></table></div>`;
