import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

/** The sources of what the package exports. */
const entryPoints = Object.values(exports)
  .filter(target => typeof target === 'object')
  .map(({ types }) => root + types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts'));

/** @type {import('typedoc').TypeDocOptions} */
export default {
  name: 'Tradepost',
  entryPoints,
  tsconfig: `${root}tsconfig.build.json`,
  basePath: `${root}src`,
  readme: 'none',
  // TypeScript 7 checks the sources (npm run check).
  skipErrorChecking: true,
  disableGit: true,
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  validation: { notDocumented: true, notExported: false, invalidLink: true },
  requiredToBeDocumented: [
    'Enum', 'EnumMember', 'Variable', 'Function', 'Class', 'Interface', 'Property', 'Method', 'Accessor', 'TypeAlias',
  ],
};
