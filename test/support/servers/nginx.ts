import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Answer, Outgoing } from '../http/requests.js';
import { readAnswer } from '../http/requests.js';

/** The host name of the site, as docs/proxies.md has it. Its certificate is checked, though no name server knows it. */
export const SITE = 'cards.example.org';

export interface Certificate {
  /** Paths. */
  readonly certificate: string;
  readonly key: string;
}

export interface Nginx {
  /** What it has reported so far. */
  output(): string;
  stop(): Promise<void>;
}

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'tradepost-nginx-'));

/** Makes a certificate for `SITE` that vouches for itself. */
export function certify(directory: string): Certificate {
  const [certificate, key] = [join(directory, 'site.pem'), join(directory, 'site.key')];
  const subject = ['-subj', `/CN=${SITE}`, '-addext', `subjectAltName=DNS:${SITE}`];
  const what = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...what, ...subject, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  return { certificate, key };
}

/** Runs nginx as this user, on a configuration in a folder that holds everything it writes. */
export async function startNginx(path: string, directory: string, servers: string, ports: number[]): Promise<Nginx> {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const configuration = join(directory, 'nginx.conf');
  writeFileSync(
    configuration,
    `daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log stderr;
events {}
http {
access_log off;
${temporary.map(name => `${name}_temp_path ${directory}/${name};`).join('\n')}
${servers}
}
`,
  );
  const child = spawn(path, ['-p', directory, '-e', 'stderr', '-c', configuration]);
  let output = '';
  child.stderr.on('data', chunk => {
    output += chunk;
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  try {
    for (const port of ports) await untilOpen(port, () => child.exitCode !== null);
  } catch (error) {
    await stop();
    throw new Error(`nginx does not listen: ${output}`, { cause: error });
  }
  return { output: () => output, stop };
}

/** Waits until something listens on a port of this machine, for 20 s at most. */
export async function untilOpen(port: number, hasEnded: () => boolean = () => false): Promise<void> {
  const until = performance.now() + 20_000;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    if (hasEnded() || performance.now() > until) throw new Error(`nothing listens on ${port}`);
    await pause(50);
  }
}

/** A client that checks the certificate, and finds `SITE` on this machine. */
export class Visitor {
  readonly origin: string;
  private readonly connection: { host: string; port: number; servername: string; ca: Buffer };

  constructor(port: number, { certificate }: Certificate) {
    this.origin = `https://${SITE}:${port}`;
    this.connection = { host: '127.0.0.1', port, servername: SITE, ca: readFileSync(certificate) };
  }

  send(path: string, { method = 'GET', headers = {}, body }: Outgoing = {}): Promise<Answer> {
    const bytes = body === undefined ? '' : JSON.stringify(body);
    const type = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': bytes.length };
    const outgoing = { host: new URL(this.origin).host, ...type, ...headers };
    return new Promise((resolve, reject) => {
      const sent = request({ ...this.connection, method, path, headers: outgoing }, incoming => {
        readAnswer(incoming).then(resolve, reject);
      });
      sent.on('error', reject).end(bytes);
    });
  }

  open(path: string, headers: OutgoingHttpHeaders): WebSocket {
    const { host, port, servername, ca } = this.connection;
    const site = { host: new URL(this.origin).host };
    const options = { servername, ca, headers: { ...site, ...(headers as Record<string, string>) } };
    return new WebSocket(`wss://${host}:${port}${path}`, ['tradepost.v1'], options);
  }
}

export const remove = (directory: string): void => rmSync(directory, { recursive: true, force: true });
