import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isSameStorage } from '../../src/main/same-storage.js';
import { parseStorageUrl } from '../../src/main/storage-url.js';

describe('one store under two addresses', () => {
  const same = (one: string, other: string) => {
    const [a, b] = [parseStorageUrl(one), parseStorageUrl(other)];
    return a !== null && b !== null && isSameStorage(a, b);
  };

  it.each([
    ['postgres://ann:secret@db/cards', 'postgresql://bob@DB:5432/cards?sslmode=require', true],
    ['postgres://db/cards', 'postgres://db:5433/cards', false],
    ['postgres://db/cards', 'postgres://db/other', false],
    ['mongodb://a,b:27017/cards', 'mongodb://u:p@B,A:27017/cards?replicaSet=x', true],
    ['mongodb://a', 'mongodb://a/tradepost', true],
    ['mongodb://a/cards', 'mongodb://a/tradepost', false],
    ['mongodb://a/cards', 'postgres://a/cards', false],
    ['file:data', 'file:./data/', true],
    ['file:data', 'file:data2', false],
  ])('%s and %s: %s', (one, other, expected) => expect(same(one, other)).toBe(expected));

  it('is seen through links', () => {
    const root = mkdtempSync(join(tmpdir(), 'tradepost-same-'));
    mkdirSync(join(root, 'data'));
    symlinkSync(join(root, 'data'), join(root, 'link'));
    expect(same(`file:${join(root, 'data')}`, `file:${join(root, 'link')}`)).toBe(true);
    rmSync(root, { recursive: true });
  });
});
