import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/main/config.js';
import { secretPath, sessionSecrets } from '../../src/main/session-secrets.js';

const SECRET = 'q7Jw2mXzR9tK4vB8nL1cF6hD3gS5pY0a';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tradepost-secrets-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const secretsWith = (environment: Record<string, string>) => sessionSecrets(readConfig(environment));

describe('session secrets', () => {
  it('are the configured ones, where there are any', async () => {
    const environment = { DATABASE_URL: `file:${directory}`, SESSION_SECRETS: SECRET };
    expect(await secretsWith(environment)).toEqual({ secrets: [SECRET], origin: 'environment' });
    expect(() => statSync(secretPath(directory))).toThrow('ENOENT');
  });

  it('are made once and kept in the data folder, readable by its owner only', async () => {
    const first = await secretsWith({ DATABASE_URL: `file:${directory}` });
    expect(first.origin).toBe('file');
    expect(readFileSync(secretPath(directory), 'utf8')).toBe(`${first.secrets[0]}\n`);
    expect(statSync(secretPath(directory)).mode & 0o777).toBe(0o600);
    expect(await secretsWith({ DATABASE_URL: `file:${directory}` })).toEqual(first);
  });

  it('are made for one run where the store has no folder', async () => {
    const environment = { DATABASE_URL: 'memory:' };
    const [one, other] = [await secretsWith(environment), await secretsWith(environment)];
    expect(one.origin).toBe('made for this run');
    expect(one.secrets).not.toEqual(other.secrets);
  });

  it.each([
    ['short', 'must be at least 32 bytes long'],
    ['0'.repeat(64), 'must be random'],
    ['', 'must be at least 32 bytes long'],
  ])('are refused where the file holds %j', async (content, problem) => {
    writeFileSync(secretPath(directory), content);
    const error: unknown = await secretsWith({ DATABASE_URL: `file:${directory}` }).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'session_secret_unusable', path: secretPath(directory) });
    expect(String(error)).toContain(problem);
    expect(String(error)).not.toContain('0000');
  });
});
