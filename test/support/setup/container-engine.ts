import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { reason } from './reason.js';

const unix = 'unix://';
const tcp = 'tcp://';

const ping = (address: string) => {
  const signal = AbortSignal.timeout(1_500);
  if (address.startsWith(unix)) return get({ socketPath: address.slice(unix.length), path: '/_ping', signal });
  if (address.startsWith(tcp)) return get(new URL('/_ping', `http://${address.slice(tcp.length)}`), { signal });
  throw new Error('only unix:// and tcp:// URLs are supported');
};

/**
 * Returns why no container engine can be used; undefined if one can. Checked before Testcontainers is loaded, because
 * loading takes about a second, and without an engine it tries many addresses before it fails.
 */
export const containerEngineProblem = async (): Promise<string | undefined> => {
  const address = process.env.DOCKER_HOST || `${unix}/var/run/docker.sock`;
  try {
    const [response] = (await once(ping(address), 'response')) as [IncomingMessage];
    response.destroy();
    if (response.statusCode === 200) return undefined;
    return `${address} answered /_ping with status ${response.statusCode}`;
  } catch (error) {
    return `no container engine at ${address}: ${reason(error)}`;
  }
};
