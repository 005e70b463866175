import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:net';
import { PlainError } from '../domain/redaction.js';

export interface ListeningAddress {
  /** The variable that sets the port, for messages. */
  readonly variable: string;
  readonly host: string;
  readonly port: number;
}

/** The server cannot listen. The message names address, cause and remedy. */
export class ListenError extends PlainError {
  constructor(address: ListeningAddress, cause: NodeJS.ErrnoException) {
    super(describe(address, cause.code ?? ''), { cause });
    this.name = 'ListenError';
  }
}

function describe({ variable, host, port }: ListeningAddress, code: string): string {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return `${where} is in use (EADDRINUSE): another process listens there. Stop it, or set ${variable} to another port.`;
    case 'EACCES':
      return (
        `this user may not listen on ${where} (EACCES), as ports below 1024 are for root. Set ${variable} to a higher ` +
        'port, or give the process CAP_NET_BIND_SERVICE (AmbientCapabilities of systemd, cap_add of Docker).'
      );
    case 'EADDRNOTAVAIL':
      return `${where} is no address of this machine (EADDRNOTAVAIL). Set HOST to one that it has, or to 0.0.0.0 for all.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name ${host} is not known (${code}). Set HOST to an IP address of this machine, or to localhost.`;
    default:
      return `${where} cannot be listened on (${code}). Set HOST and ${variable} to other values.`;
  }
}

/**
 * Connections that the system keeps until they are accepted; it limits the figure to its own (`net.core.somaxconn` of
 * Linux, 4,096). A client beyond it tries again after 1, 3 and 7 s. Node's default is 511.
 */
const BACKLOG = 8192;

/** @throws ListenError */
export const listen = (server: Server, address: ListeningAddress): Promise<void> =>
  new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(new ListenError(address, error));
    server.once('error', fail);
    server.listen({ port: address.port, host: address.host, backlog: BACKLOG }, () => {
      server.off('error', fail);
      resolve();
    });
  });

/** Listens for a moment, to find out whether it is possible. @throws ListenError */
export async function tryListening(address: ListeningAddress): Promise<void> {
  const server = createServer();
  await listen(server, address);
  await new Promise(resolve => server.close(resolve));
}

/** Returns the URL of a server that listens, with the port that it got. */
export function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
