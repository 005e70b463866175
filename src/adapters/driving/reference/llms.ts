import type { Operation } from '../operations/index.js';
import { operations } from '../operations/index.js';

/** Returns a short description of the server for language models (llmstxt.org), with the documents it serves. */
export const describeForModels = (): string => `# Tradepost

> Accounts, sessions, cards and trades: users register and log in, own cards, and hand cards to each other. HTTP with JSON, or JSON-RPC 2.0
> over a WebSocket at \`/ws\`. Errors are problems (RFC 9457) with stable codes.

## Documents

- [Reference](docs): every operation with input, result, problems and an example, for people
- [OpenAPI](openapi.json): every operation over HTTP
- [OpenRPC](openrpc.json): every method over the WebSocket
- [AsyncAPI](asyncapi.json): every message over the WebSocket, notifications too

## Operations

${Object.entries<Operation>(operations)
  .map(([name, { route, summary }]) => `- \`${route.method} ${route.path}\` (\`${name}\`): ${summary}`)
  .join('\n')}
`;
