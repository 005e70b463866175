import { expect, it, vi } from 'vitest';
import { mongo } from '../../../src/adapters/driven/mongo/index.js';
import { readContents, sampleRows } from '../../../src/testing/storage-conformance/archive-fixtures.js';
import { describeMongo } from '../../support/stores/mongo-database.js';

interface Mark {
  readonly _id: string;
  readonly run: string;
  readonly writer: string | null;
}

describeMongo('a copy that overtakes another', ({ client, database }) => {
  const db = client.db(database);
  const marks = db.collection<Mark>('tradepost.migrations');
  const marked = async (): Promise<Mark> => {
    const mark = await marks.findOne({ _id: 'unfinished-copy' });
    if (!mark) throw new Error('there is no mark');
    return mark;
  };

  /** Starts a copy that overtakes another one while that writes a batch. */
  async function overtakeDuringBatch() {
    const overtaken = await mongo({ client, database }).copying.beginImport();
    await overtaken.write('users', sampleRows(5).users);
    const { run } = await marked();
    await marks.updateOne({ run }, { $set: { writer: run } });
    let hasBegun = false;
    const beginning = mongo({ client, database })
      .copying.beginImport()
      .then(begun => {
        hasBegun = true;
        return begun;
      });
    await vi.waitFor(async () => expect((await marked()).run).not.toBe(run), { interval: 5 });
    return { run, beginning, hasBegun: () => hasBegun };
  }

  it('waits for the end of the batch, and deletes it too', async () => {
    const { run, beginning, hasBegun } = await overtakeDuringBatch();
    for (let look = 0; look < 50; look += 1) await marked();
    expect(hasBegun()).toBe(false);
    await db.collection('tradepost.cards').insertOne({ late: true }, { bypassDocumentValidation: true });
    await marks.updateOne({ writer: run }, { $set: { writer: null } });
    expect(await readContents(await beginning)).toEqual(sampleRows(0));
  });

  it('continues without the end of the batch, once the server has given it up', async () => {
    const { beginning } = await overtakeDuringBatch();
    const target = await beginning;
    expect(await readContents(target)).toEqual(sampleRows(0));
    await target.write('users', sampleRows(5).users);
    await target.finish();
    expect(await mongo({ client, database }).inspect()).toMatchObject({ ok: true });
  });
});
