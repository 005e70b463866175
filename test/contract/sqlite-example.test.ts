import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { CopyableConnector } from '../../src/index.js';
import { runArchiveConformance } from './run-archive-conformance.js';
import { runConformance } from './run-conformance.js';

const example = new URL('../../examples/sqlite-store/index.js', import.meta.url).href;
const { sqlite } = (await import(example)) as { sqlite(options: { file: string }): CopyableConnector };

const root = mkdtempSync(join(tmpdir(), 'tradepost-sqlite-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

runConformance(() => sqlite({ file: join(root, 'shared.db') }));

let made = 0;
runArchiveConformance({
  empty: () => {
    made += 1;
    return sqlite({ file: join(root, `${made}.db`) });
  },
  shared: true,
});

it('is inspected and read without being created', async () => {
  const store = sqlite({ file: join(root, 'none.db') });
  expect(await store.inspect()).toMatchObject({ ok: true, detail: expect.stringContaining('there is no file') });
  await expect(store.copying.openArchive()).rejects.toMatchObject({ code: 'nothing_to_copy' });
  expect(existsSync(join(root, 'none.db'))).toBe(false);
});

it('is kept open by one process while another writes, and signals its trades', async () => {
  const file = join(root, 'two.db');
  const [here, there] = [await sqlite({ file }).open(), await sqlite({ file }).open()];
  const seen: string[] = [];
  const stop = here.signals.subscribe(({ kind }) => void seen.push(kind));
  await there.sessions.removeAll('00000000-0000-7000-8000-000000000000' as never, null);
  await expect.poll(() => seen).toContain('missed');
  stop();
  await here.close();
  await there.close();
});
