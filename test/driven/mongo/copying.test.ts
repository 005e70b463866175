import { expect, it, vi } from 'vitest';
import { mongo } from '../../../src/adapters/driven/mongo/index.js';
import { readContents, sampleRows } from '../../../src/testing/storage-conformance/archive-fixtures.js';
import { describeMongo } from '../../setup/mongo-database.js';

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

  /** The mark as it is while the copy that began last writes a batch, and a copy that overtakes it at that moment. */
  async function overtaking() {
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

  it('waits for the batch that is being written, and deletes that too', async () => {
    const { run, beginning, hasBegun } = await overtaking();
    for (let look = 0; look < 50; look += 1) await marked();
    expect(hasBegun()).toBe(false);
    await db.collection('tradepost.cards').insertOne({ late: true }, { bypassDocumentValidation: true });
    await marks.updateOne({ writer: run }, { $set: { writer: null } });
    expect(await readContents(await beginning)).toEqual(sampleRows(0));
  });

  it('goes on without one whose writer is gone, when the server has given it up', async () => {
    const { beginning } = await overtaking();
    const target = await beginning;
    expect(await readContents(target)).toEqual(sampleRows(0));
    await target.write('users', sampleRows(5).users);
    await target.finish();
    expect(await mongo({ client, database }).inspect()).toMatchObject({ ok: true });
  });
});
