/**
 * The allowed directions of dependencies. `test/architecture.test.ts` checks these rules, and that each detects a planted
 * violation.
 */
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '.', pathNot: allowed },
});

const DOMAIN = '^src/domain/';
const APPLICATION = '^src/(?:application|domain)/';

export default {
  forbidden: [
    only('domain-is-pure', '^src/domain/', [DOMAIN]),
    only('application-knows-ports-and-domain', '^src/application/', [APPLICATION]),
    {
      name: 'the-storage-kit-knows-ports-and-domain',
      comment: 'it is the part of the application that adapters may use, so it must not lead to the rest',
      severity: 'error',
      from: { path: '^src/application/storage-kit/' },
      to: { path: '.', pathNot: ['^src/application/(?:storage-kit|ports/driven)/', DOMAIN] },
    },
    {
      name: 'driven-adapters-know-ports-and-the-storage-kit',
      severity: 'error',
      from: { path: '^src/adapters/driven/' },
      to: { path: '^src/application/', pathNot: '^src/application/(?:ports/driven|storage-kit)/' },
    },
    {
      name: 'driven-adapters-do-not-meet-driving-ones',
      severity: 'error',
      from: { path: '^src/adapters/driven/' },
      to: { path: '^src/adapters/(?:driving|client)/' },
    },
    {
      name: 'driven-adapters-do-not-meet-one-another',
      comment: 'except that embedded is PostgreSQL inside the process and reuses its adapter',
      severity: 'error',
      from: { path: '^src/adapters/driven/([^/]+)/' },
      to: { path: '^src/adapters/driven/', pathNot: ['^src/adapters/driven/$1/', '^src/adapters/driven/postgres/'] },
    },
    {
      name: 'only-embedded-reuses-postgres',
      severity: 'error',
      from: { path: '^src/adapters/driven/', pathNot: '^src/adapters/driven/(?:embedded|postgres)/' },
      to: { path: '^src/adapters/driven/postgres/' },
    },
    {
      name: 'driving-adapters-do-not-meet-driven-ones',
      severity: 'error',
      from: { path: '^src/adapters/(?:driving|client)/' },
      to: { path: '^src/adapters/driven/' },
    },
    {
      name: 'driving-adapters-meet-in-operations',
      comment: 'HTTP and WebSocket also meet in web: cookies, origins and refusals are the same for both',
      severity: 'error',
      from: { path: '^src/adapters/driving/([^/]+)/' },
      to: { path: '^src/adapters/driving/', pathNot: ['^src/adapters/driving/$1/', '^src/adapters/driving/(?:operations|web)/'] },
    },
    {
      name: 'the-container-stays-in-main',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(?:main|peers)/' },
      to: { path: 'node_modules/(?:inversify|@inversifyjs|reflect-metadata)/|^src/peers/inversify\\.ts$' },
    },
    {
      name: 'libraries-of-metrics-and-traces-stay-in-their-adapters',
      comment: 'they are optional, and loaded only where they are used',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/adapters/driven/(?:prometheus|opentelemetry)/' },
      to: { path: 'node_modules/(?:prom-client|@opentelemetry)/' },
    },
    {
      name: 'nothing-imports-main',
      comment: 'except for the index of the package',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(?:main/|index\\.ts$)' },
      to: { path: '^src/main/' },
    },
    {
      name: 'testing-knows-ports-and-domain',
      severity: 'error',
      from: { path: '^src/testing/', pathNot: '^src/testing/simulation/' },
      to: { path: '^src/', pathNot: '^src/(?:testing|application/ports|domain)/' },
    },
    {
      name: 'the-simulation-knows-the-application-and-memory',
      comment: 'it runs the use cases, by default on the store in memory; nothing in it may do input or output',
      severity: 'error',
      from: { path: '^src/testing/simulation/' },
      to: {
        path: '.',
        pathNot: [
          '^src/testing/simulation/',
          '^src/application/(?:create-use-cases|cursor)\\.ts$',
          '^src/application/ports/',
          DOMAIN,
          '^src/adapters/driven/memory/',
          '^(?:node:)?crypto$',
        ],
      },
    },
    { name: 'no-cycles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Types count: a port that uses a type of a driver depends on that driver.
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.d.ts'],
    },
  },
};
