import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readConfig, VARIABLES } from '../../../src/main/config.js';
import { codeOf } from '../../support/pages/code-blocks.js';

/** Fills in what the guides leave to the reader, and reads the settings as the server does. */
function configOf(settings: Readonly<Record<string, string>>) {
  for (const name of Object.keys(settings)) expect(VARIABLES).toContain(name);
  const secret = settings.SESSION_SECRETS?.replace(
    'REPLACE-BY-THE-OUTPUT-OF-openssl-rand-hex-32',
    randomBytes(32).toString('hex'),
  );
  return readConfig({ ...settings, ...(secret === undefined ? {} : { SESSION_SECRETS: secret }) });
}

interface Lists {
  readonly dependencies?: object;
  readonly peerDependencies?: object;
}

const DOCKERFILE = readFileSync('Dockerfile', 'utf8');
const SERVER_FILES = readFileSync('src/main/server.ts', 'utf8');

/** The words of a command over several lines, without their quotes. */
const wordsOf = (command: string): string[] =>
  (command.replaceAll('\\\n', ' ').match(/(?:'[^']*'|[^\s'])+/g) ?? []).map(word => word.replaceAll("'", ''));

/** The values of an option that may occur several times. */
const valuesOf = (words: readonly string[], option: string): string[] =>
  words.flatMap((word, index) => (word === option ? [words[index + 1] ?? ''] : []));

const settingsOf = (pairs: readonly string[]): Record<string, string> =>
  Object.fromEntries(pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));

describe('docs/guides/systemd.md', () => {
  const GUIDE = 'docs/guides/systemd.md';
  const unit = codeOf(GUIDE, 'tradepost.service');

  it('has an environment that the server accepts, behind a proxy on the same machine', () => {
    const lines = codeOf(GUIDE, 'environment').trim().split('\n');
    expect(configOf(settingsOf(lines))).toMatchObject({
      store: { kind: 'postgres' },
      port: 8080,
      trustProxy: ['127.0.0.1'],
    });
  });

  it('starts the program of the package, and gives it longer than it needs to end', () => {
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: { tradepost: string } };
    expect(unit).toContain(`/opt/tradepost/node_modules/tradepost/${bin.tradepost.replace(/^\.\//, '')} serve\n`);
    const [, named = ''] =
      /^mkdir .* && cd \/opt\/tradepost\nnpm install --omit=dev tradepost (.*)$/m.exec(codeOf(GUIDE, 'install')) ?? [];
    const { dependencies, peerDependencies }: Lists = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(Object.keys({ ...dependencies, ...peerDependencies })).toEqual(expect.arrayContaining(named.split(' ')));
    expect(named.split(' ')).toContain('pg');
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(10);
    for (const user of [/^User=(\w+)$/m.exec(unit)?.[1], /^StateDirectory=(\w+)$/m.exec(unit)?.[1]]) {
      expect(user).toBe('tradepost');
    }
    expect(codeOf(GUIDE, 'install')).toMatch(/^useradd .* tradepost$/m);
    expect(codeOf(GUIDE, 'start').match(/\btradepost\b/g)).toHaveLength(2);
  });

  const verify = ['/usr/bin/systemd-analyze', '/bin/systemd-analyze'].find(path => existsSync(path));
  if (!verify) console.error('NOT RUN: the check of the unit of docs/guides/systemd.md: there is no systemd-analyze.');

  /** Returns what systemd finds wrong with a unit, whose program is replaced by one that exists. */
  function flawsOf(text: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'tradepost-unit-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'tradepost.service');
    const program = join(folder, 'node');
    writeFileSync(program, '#!/bin/sh\n');
    chmodSync(program, 0o755);
    accessSync(program, constants.X_OK);
    writeFileSync(file, text.replace('/usr/bin/node', program));
    const { status, stderr } = spawnSync(verify ?? '', ['verify', '--man=no', file], { encoding: 'utf8' });
    return status === 0 ? stderr : `${stderr}exit ${status}`;
  }

  it.skipIf(!verify)('has a unit that systemd accepts', () => {
    expect(flawsOf(unit)).toBe('');
    expect(flawsOf(unit.replace('Restart=on-failure', 'Restart=sometimes'))).not.toBe('');
  });
});

describe('docs/guides/docker.md', () => {
  const GUIDE = 'docs/guides/docker.md';
  const exposed = /^EXPOSE (\d+)$/m.exec(DOCKERFILE)?.[1];
  const volume = /^VOLUME (\S+)$/m.exec(DOCKERFILE)?.[1];

  it.each(['run', 'embedded'])('runs the image that it builds, with settings that the server accepts: %s', name => {
    const [, image] = /^docker build --tag (\S+) \.\n$/.exec(codeOf(GUIDE, 'build')) ?? [];
    const words = wordsOf(codeOf(GUIDE, name));
    expect([words[0], words[1], words.at(-1)]).toEqual(['docker', 'run', image]);
    const settings = settingsOf(valuesOf(words, '--env'));
    expect(configOf({ NODE_ENV: 'production', HOST: '0.0.0.0', ...settings }).sessionSecrets).toHaveLength(1);
    expect(valuesOf(words, '--publish')).toEqual([`127.0.0.1:${exposed}:${exposed}`]);
    expect(valuesOf(words, '--volume').map(each => each.split(':')[1])).toEqual(name === 'embedded' ? [volume] : []);
    expect(Number(valuesOf(words, '--stop-timeout')[0])).toBeGreaterThan(10);
  });

  it('names services that docker-compose.yml has', () => {
    const { services } = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as { services: object };
    const [, service = ''] = /logs --follow (\S+)/.exec(codeOf(GUIDE, 'compose')) ?? [];
    expect(services).toHaveProperty(service);
  });
});

interface Container {
  readonly image: string;
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env?: readonly { readonly name: string; readonly value: unknown }[];
  readonly envFrom: readonly { readonly secretRef: { readonly name: string } }[];
  readonly resources?: { readonly requests: object; readonly limits: object };
  readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  readonly [probe: `${string}Probe`]: { readonly httpGet: { readonly path: string; readonly port: string } };
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own form, and a test fails where it has another.
  readonly spec: any;
}

describe('docs/guides/kubernetes.md', () => {
  const GUIDE = 'docs/guides/kubernetes.md';
  const manifestsOf = (name: string): Manifest[] =>
    parseAllDocuments(codeOf(GUIDE, name), { strict: true, uniqueKeys: true }).map(document => {
      expect(document.errors).toEqual([]);
      return document.toJS() as Manifest;
    });
  const [secret] = manifestsOf('secret.yaml') as unknown as {
    metadata: { name: string };
    stringData: Record<string, string>;
  }[];
  const [job] = manifestsOf('migrate.yaml');
  const [deployment, service, budget, ingress] = manifestsOf('tradepost.yaml');
  const pod = deployment?.spec.template.spec;
  const [server] = pod.containers as [Container];
  const [migrate] = (job as Manifest).spec.template.spec.containers as [Container];

  it('is of the kinds that it says, in an order that can be applied', () => {
    const kinds = [deployment, service, budget, ingress].map(each => each?.kind);
    expect(kinds).toEqual(['Deployment', 'Service', 'PodDisruptionBudget', 'Ingress']);
    const files = [...codeOf(GUIDE, 'apply').matchAll(/--filename (\S+)/g)].map(([, file]) => file);
    expect(files).toEqual(['secret.yaml', 'migrate.yaml', 'tradepost.yaml']);
    expect(codeOf(GUIDE, 'apply')).toContain(`job/${job?.metadata.name}\n`);
  });

  it('sets variables that the server knows, to texts that it accepts', () => {
    const env = server.env ?? [];
    for (const { value } of env) expect(value).toEqual(expect.any(String));
    const settings = Object.fromEntries(env.map(({ name, value }) => [name, String(value)]));
    for (const { envFrom } of [server, migrate])
      expect(envFrom).toEqual([{ secretRef: { name: secret?.metadata.name } }]);
    const config = configOf({ ...settings, ...secret?.stringData });
    expect(config).toMatchObject({ host: '0.0.0.0', port: server.ports?.[0]?.containerPort, poolSize: 10 });
    expect(config.allowedHosts).toEqual(ingress?.spec.rules.map(({ host }: { host: string }) => host));
    expect(configOf(secret?.stringData ?? {}).store.kind).toBe('postgres');
  });

  it('probes what the server has, and nothing that fails with the database ends it', () => {
    const probes = Object.entries(server).filter(([key]) => key.endsWith('Probe'));
    expect(probes.map(([key]) => key)).toEqual(['startupProbe', 'livenessProbe', 'readinessProbe']);
    for (const [key, probe] of probes as [string, Container['livenessProbe']][]) {
      expect(SERVER_FILES).toContain(`'${probe.httpGet.path}'`);
      expect(probe.httpGet.path).toBe(key === 'readinessProbe' ? '/health/ready' : '/health/live');
      expect(probe.httpGet.port).toBe(server.ports?.[0]?.name);
    }
  });

  it('leads from the ingress through the service to the pods, and keeps one of them', () => {
    const labels = deployment?.spec.template.metadata.labels;
    expect(deployment?.spec.selector.matchLabels).toEqual(labels);
    expect(service?.spec.selector).toEqual(labels);
    expect(budget?.spec.selector.matchLabels).toEqual(labels);
    expect(budget?.spec.minAvailable).toBeLessThan(deployment?.spec.replicas);
    expect(service?.spec.ports[0]).toMatchObject({ name: 'http', targetPort: server.ports?.[0]?.name });
    expect(ingress?.spec.rules[0].http.paths[0].backend.service).toEqual({
      name: service?.metadata.name,
      port: { name: service?.spec.ports[0].name },
    });
  });

  it('has limits, an image of a version, and gives a server time to end', () => {
    expect(server.image).toBe(migrate.image);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(server.image.split(':')).toEqual([expect.stringContaining('/tradepost'), version]);
    expect(server.resources).toMatchObject({ requests: { cpu: expect.any(String), memory: expect.any(String) } });
    expect(server.resources?.limits).toEqual({ memory: expect.any(String) });
    const pause = Number(server.lifecycle?.preStop.exec.command.at(-1));
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(10 + pause);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    const [, program] = /^CMD \["node", "(.*)", "serve"\]$/m.exec(DOCKERFILE) ?? [];
    expect(migrate.args).toEqual(['node', program, 'migrate']);
  });
});

describe('docs/proxies.md', () => {
  const PAGE = 'docs/proxies.md';

  it('starts a server with settings that it accepts', () => {
    const words = wordsOf(codeOf(PAGE, 'serve'));
    expect(words.slice(-3)).toEqual(['npx', 'tradepost', 'serve']);
    const config = configOf(settingsOf(words.slice(0, -3)));
    expect(config).toMatchObject({ trustProxy: ['127.0.0.1'], allowedHosts: ['cards.example.org'], port: 8080 });
  });

  it('has configurations that can be parsed, and that lead to that server', () => {
    const { entryPoints, providers } = parse(codeOf(PAGE, 'traefik.yml'));
    const { http } = parse(codeOf(PAGE, 'cards.yml'));
    expect(providers.file.filename).toBe('/etc/traefik/cards.yml');
    expect(Object.keys(entryPoints)).toEqual(http.routers.cards.entryPoints);
    expect(http.services[http.routers.cards.service].loadBalancer.servers).toEqual([{ url: 'http://127.0.0.1:8080' }]);
    const caddy = codeOf(PAGE, 'Caddyfile').replaceAll(/^\s*#.*$/gm, '');
    expect(caddy.match(/\{/g)).toHaveLength(caddy.match(/\}/g)?.length ?? 0);
    expect(caddy).toMatch(/^cards\.example\.org \{\n\treverse_proxy 127\.0\.0\.1:8080\n\}$/m);
  });
});
