import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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

/** Returns the mask before; undefined in a worker, such as those of mutation testing, which cannot set it. */
function tryUmask(mask: number): number | undefined {
  try {
    return process.umask(mask);
  } catch {
    return undefined;
  }
}

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

  const refusal = (): Promise<unknown> =>
    secretsWith({ DATABASE_URL: `file:${directory}` }).then(
      () => 'not refused',
      (error: unknown) => error,
    );

  it('are for their owner only, whatever the modes of file and folder were', async () => {
    const before = tryUmask(0);
    try {
      const folder = join(directory, 'made');
      await secretsWith({ DATABASE_URL: `file:${folder}` });
      expect(statSync(folder).mode & 0o7777).toBe(0o700);
      expect(readdirSync(folder)).toEqual(['session-secret']);
      expect(statSync(secretPath(folder)).mode & 0o7777).toBe(0o600);
      chmodSync(secretPath(folder), 0o644);
      chmodSync(folder, 0o755);
      const { secrets } = await secretsWith({ DATABASE_URL: `file:${folder}` });
      expect(secrets).toEqual([readFileSync(secretPath(folder), 'utf8').trim()]);
      expect(statSync(folder).mode & 0o7777).toBe(0o700);
      expect(statSync(secretPath(folder)).mode & 0o7777).toBe(0o600);
    } finally {
      if (before !== undefined) process.umask(before);
    }
  });

  it.each([0o666, 0o620, 0o602])('are refused where others could write the file (mode %o)', async mode => {
    writeFileSync(secretPath(directory), SECRET);
    chmodSync(secretPath(directory), mode);
    expect(await refusal()).toMatchObject({
      code: 'session_secret_unusable',
      message: expect.stringMatching(/could be written by other users\. Delete the file/),
    });
    expect(statSync(secretPath(directory)).mode & 0o777).toBe(mode);
  });

  it('are refused behind a symbolic link, whether or not it leads anywhere', async () => {
    const elsewhere = join(directory, 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(join(elsewhere, 'secret'), secretPath(directory));
    const refused = { code: 'session_secret_unusable', message: expect.stringContaining('is behind a symbolic link') };
    expect(await refusal()).toMatchObject(refused);
    expect(readdirSync(elsewhere)).toEqual([]);
    writeFileSync(join(elsewhere, 'secret'), SECRET, { mode: 0o600 });
    expect(await refusal()).toMatchObject(refused);
  });

  it('are refused in a folder that every user can write to', async () => {
    chmodSync(directory, 0o777);
    expect(await refusal()).toMatchObject({ code: 'data_folder_unsafe' });
  });

  it.runIf(process.getuid?.() === 0)('are refused where another user owns the file', async () => {
    writeFileSync(secretPath(directory), SECRET, { mode: 0o600 });
    chownSync(secretPath(directory), 65534, 65534);
    expect(await refusal()).toMatchObject({
      code: 'session_secret_unusable',
      message: expect.stringContaining('belongs to the user with the id 65534, and this process runs as 0. Delete'),
    });
  });
});
