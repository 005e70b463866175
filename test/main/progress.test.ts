import { expect, it } from 'vitest';
import type { CopyProgress } from '../../src/index.js';
import { progressDisplay } from '../../src/main/progress.js';

const screenOf = (isTTY: boolean, columns = 80) => {
  const written: string[] = [];
  return { isTTY, columns, write: (text: string) => written.push(text), written };
};

const at = (done: number, more: Partial<CopyProgress> = {}): CopyProgress => ({
  ...{ step: 'copy', collection: 'tradeEntries', done, total: 20_000, complete: false },
  ...more,
});

it('is a bar on a terminal, updated at most ten times a second', () => {
  const screen = screenOf(true);
  let now = 0;
  const display = progressDisplay(screen, () => now);
  display.show(at(5000));
  now = 99;
  display.show(at(6000));
  now = 100;
  display.show(at(10_000));
  display.show(at(20_000, { complete: true }));
  expect(screen.written).toEqual([
    '\r[######------------------]  25% copying trade log entries: 5,000 of 20,000\u001b[K',
    '\r[############------------]  50% copying trade log entries: 10,000 of 20,000\u001b[K',
    '\rcopied trade log entries: 20,000\u001b[K',
    '\n',
  ]);
});

it('fits the width of the terminal, and ends its line', () => {
  const screen = screenOf(true, 30);
  const display = progressDisplay(screen, () => 0);
  display.show(at(5000));
  display.end();
  display.end();
  expect(screen.written).toEqual(['\r[######------------------]  2\u001b[K', '\n']);
});

it('is a line for each collection without a terminal, and one every 30 s', () => {
  const screen = screenOf(false);
  let now = 0;
  const display = progressDisplay(screen, () => now);
  for (let done = 0; done <= 20_000; done += 10) {
    now = done * 3;
    display.show(at(done));
  }
  display.show(at(20_000, { complete: true }));
  display.show(at(40_000, { step: 'check', total: 40_000, complete: true }));
  display.end();
  expect(screen.written).toEqual([
    'copying trade log entries: 10,000 of 20,000 (50%)\n',
    'copying trade log entries: 20,000 of 20,000 (100%)\n',
    'copied trade log entries: 20,000\n',
    'checked trade log entries\n',
  ]);
});

it('finishes an empty collection', () => {
  const screen = screenOf(false);
  progressDisplay(screen, () => 0).show(at(0, { total: 0, complete: true }));
  expect(screen.written).toEqual(['copied trade log entries: 0\n']);
});
