/**
 * Which way dependencies may point. `test/architecture.test.ts` runs these rules, and plants a violation of each to see
 * that it is caught.
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
      name: 'driven-adapters-do-not-meet-driving-ones',
      severity: 'error',
      from: { path: '^src/adapters/driven/' },
      to: { path: '^src/adapters/(?:driving|client)/' },
    },
    {
      name: 'driven-adapters-do-not-meet-one-another',
      comment: 'embedded is PostgreSQL opened otherwise, and reuses its adapter whole',
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
      comment: 'and those that browsers talk to in web: cookies, origins and refusals are the same over both',
      severity: 'error',
      from: { path: '^src/adapters/driving/([^/]+)/' },
      to: { path: '^src/adapters/driving/', pathNot: ['^src/adapters/driving/$1/', '^src/adapters/driving/(?:operations|web)/'] },
    },
    {
      name: 'the-container-stays-in-main',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main/' },
      to: { path: 'node_modules/(?:inversify|@inversifyjs|reflect-metadata)/' },
    },
    {
      name: 'nothing-imports-main',
      comment: 'but the index of the package',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(?:main/|index\\.ts$)' },
      to: { path: '^src/main/' },
    },
    {
      name: 'testing-knows-ports-and-domain',
      severity: 'error',
      from: { path: '^src/testing/' },
      to: { path: '^src/', pathNot: '^src/(?:testing|application|domain)/' },
    },
    { name: 'no-cycles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Types count: a port that takes a driver's type depends on the driver.
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.d.ts'],
    },
  },
};
