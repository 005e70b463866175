import { MisdirectedRequest } from '../operations/index.js';
import { isLoopbackHost } from './web-request.js';

/**
 * Which host names requests may be for. A page whose name was made to point at this server (DNS rebinding) has an
 * origin that equals the Host of its requests, so only the name itself gives it away.
 */
export interface HostPolicy {
  /** @throws `misdirected_request` */
  check(host: string): void;
}

export const anyHost: HostPolicy = { check: () => undefined };

/** `example.org` allows that name, `.example.org` the names below it too, `loopback` this machine's own; any port. */
export function allowHosts(names: readonly string[]): HostPolicy {
  const allowed = names.map(name => name.toLowerCase());
  const isAllowed = (name: string): boolean =>
    allowed.some(entry => name === entry || (entry.startsWith('.') && `.${name}`.endsWith(entry)));
  return {
    check: host => {
      const name = host.toLowerCase().replace(/:\d*$/, '');
      if (isAllowed(name) || (allowed.includes('loopback') && isLoopbackHost(host))) return;
      throw new MisdirectedRequest();
    },
  };
}
