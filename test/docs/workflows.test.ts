import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: object;
  readonly strategy?: { readonly matrix: { readonly include: readonly Record<string, unknown>[] } };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const FOLDER = '.github/workflows';

/** Parses YAML 1.2 as GitHub does. @throws if it has an error or a key twice */
function read(file: string): unknown {
  const document = parseDocument(readFileSync(file, 'utf8'), { uniqueKeys: true });
  expect(document.errors, file).toEqual([]);
  return document.toJS();
}

const workflows = readdirSync(FOLDER).map(file => [file, read(`${FOLDER}/${file}`) as Workflow] as const);
const stepsOf = ({ jobs }: Workflow): Step[] => Object.values(jobs).flatMap(({ steps }) => [...steps]);

/** The npm scripts and the files that a command names and that do not exist. */
function missingIn(command: string): string[] {
  const called = [...command.matchAll(/\bnpm (?:run ([\w:]+)|(test|start)\b)/g)].map(
    ([, script, short]) => script ?? short ?? '',
  );
  const files = [...command.matchAll(/(?<![\w/.])(?:\.\/)?((?:test|src|docs|\.ci|\.github)\/[\w./-]+)/g)].map(
    ([, file = '']) => file,
  );
  return [
    ...called.filter(script => !(script in scripts)).map(script => `npm run ${script}`),
    ...files.filter(file => !existsSync(file)),
  ];
}

describe('the workflows', () => {
  it('are CI and release', () => {
    expect(workflows.map(([file]) => file).toSorted()).toEqual(['ci.yml', 'release.yml']);
  });

  it.each(workflows)('%s names only npm scripts and files that exist', (_file, workflow) => {
    const commands = stepsOf(workflow).map(({ run = '' }) => run);
    expect(commands.filter(Boolean).length).toBeGreaterThan(3);
    expect(commands.flatMap(missingIn)).toEqual([]);
  });

  it('would be found to name others', () => {
    expect(missingIn('npm run gone && npm test && npx vitest run test/gone.test.ts test/readme.test.ts')).toEqual([
      'npm run gone',
      'test/gone.test.ts',
    ]);
  });

  it.each(workflows)('%s pins actions by commit, limits time, and may only read', (_file, workflow) => {
    for (const { uses } of stepsOf(workflow)) if (uses) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
    expect(workflow.permissions).toEqual({ contents: 'read' });
  });

  it('test on each supported version of Node, PostgreSQL and MongoDB', () => {
    const [, ci] = workflows.find(([file]) => file === 'ci.yml') ?? [];
    const rows = ci?.jobs.test?.strategy?.matrix.include ?? [];
    const versions = (key: string) => [...new Set(rows.map(row => row[key]))].toSorted();
    expect(versions('node')).toEqual([20, 22, 24]);
    expect(versions('postgres')).toEqual([15, 16, 17, 18]);
    expect(versions('mongo')).toEqual([7, 8]);
    // One digest for each image, or two rows would test something else under one name.
    for (const image of ['postgres', 'mongo']) {
      const pairs = new Set(rows.map(row => `${row[image]} ${row[`${image}-digest`]}`));
      expect(pairs.size).toBe(versions(image).length);
    }
  });

  it('release a tag that is the version, with provenance, after the tests', () => {
    const [, release] = workflows.find(([file]) => file === 'release.yml') ?? [];
    expect(release?.on).toEqual({ push: { tags: ['v*'] } });
    expect(release?.jobs.publish?.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    const commands = (release ? stepsOf(release) : []).map(({ run }) => run).filter(Boolean);
    expect(commands[0]).toContain('"$GITHUB_REF_NAME"');
    expect(commands.indexOf('npm test')).toBeGreaterThan(0);
    expect(commands.at(-1)).toBe('npm publish --provenance --access public');
  });
});

interface Form {
  readonly name: string;
  readonly description: string;
  readonly body: readonly {
    readonly type: string;
    readonly id?: string;
    readonly attributes: { readonly label?: string; readonly value?: string; readonly options?: readonly string[] };
    readonly validations?: { readonly required: boolean };
  }[];
}

describe('what GitHub shows to people', () => {
  const forms = ['bug.yml', 'proposal.yml'].map(file => read(`.github/ISSUE_TEMPLATE/${file}`) as Form);

  it('has forms with fields that GitHub knows, each with a name of its own', () => {
    for (const { name, description, body } of forms) {
      expect([name, description]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
      const fields = body.filter(({ type }) => type !== 'markdown');
      for (const { type, attributes } of fields) {
        expect(['input', 'textarea', 'dropdown', 'checkboxes']).toContain(type);
        expect(attributes.label).toMatch(/./);
        expect(type === 'dropdown').toBe(attributes.options !== undefined);
      }
      const ids = fields.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).not.toContain(undefined);
      expect(fields.some(({ validations }) => validations?.required)).toBe(true);
    }
  });

  it('sends vulnerabilities to SECURITY.md, and asks in pull requests for what CONTRIBUTING.md asks for', () => {
    const { blank_issues_enabled: blank } = read('.github/ISSUE_TEMPLATE/config.yml') as {
      blank_issues_enabled: boolean;
    };
    expect(blank).toBe(false);
    expect(existsSync('SECURITY.md')).toBe(true);
    const template = readFileSync('.github/pull_request_template.md', 'utf8');
    expect(missingIn(template)).toEqual([]);
    for (const [, file = ''] of template.matchAll(/`([\w./]+\.md|\.changeset)`/g))
      expect(existsSync(file), file).toBe(true);
  });

  it('has changesets for this package, and a container that installs it', () => {
    const { name } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string };
    const changesets = JSON.parse(readFileSync('.changeset/config.json', 'utf8')) as { baseBranch: string };
    expect(changesets.baseBranch).toBe('main');
    expect(readFileSync('.changeset/README.md', 'utf8')).toContain(`"${name}": minor`);
    const container = JSON.parse(readFileSync('.devcontainer/devcontainer.json', 'utf8')) as Record<string, unknown>;
    expect(container).toMatchObject({ postCreateCommand: 'npm ci', forwardPorts: [3000] });
    expect(container.image).toMatch(/:20$/);
    expect(readFileSync('.editorconfig', 'utf8')).toMatch(/^root = true$/m);
  });
});
