import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { pollingSignals } from '../../src/index.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const after = (milliseconds: number) => new Promise<void>(resolve => setTimeout(resolve, milliseconds));

/** Listens, looks for `takes` milliseconds each time, and counts the looks. */
function listen(signals = pollingSignals(), takes = 0) {
  const counted = { begun: 0, stop: (): void => undefined };
  counted.stop = signals.subscribe(async signal => {
    expect(signal).toEqual({ kind: 'missed' });
    counted.begun += 1;
    if (takes > 0) await after(takes);
  });
  return counted;
}

it('says ten times a second that there may have been something, while anybody listens', async () => {
  const signals = pollingSignals();
  const [one, another] = [listen(signals), listen(signals)];
  await pass(1050);
  expect([one.begun, another.begun]).toEqual([10, 10]);
  one.stop();
  await pass(500);
  expect([one.begun, another.begun]).toEqual([10, 15]);
  another.stop();
  expect(vi.getTimerCount()).toBe(0);
});

it('waits for a look to end, and pauses four times as long as it took, half a second at most', async () => {
  const looks = listen(pollingSignals(), 50);
  await pass(1099); // 100, then 50 + 200 again and again
  expect(looks.begun).toBe(4);
  const slow = listen(pollingSignals(), 300);
  await pass(1699); // 100, then 300 + 500
  expect(slow.begun).toBe(2);
});

it('goes on after a look that failed, and tells the others all the same', async () => {
  const signals = pollingSignals();
  signals.subscribe(() => Promise.reject(new Error('the store does not answer')));
  const other = listen(signals);
  await pass(350);
  expect(other.begun).toBe(3);
});

it('is one clock, though everybody leaves during a look and somebody comes back', async () => {
  const signals = pollingSignals();
  const gone = listen(signals, 150);
  await pass(120);
  gone.stop();
  const back = listen(signals);
  await pass(1050);
  expect(back.begun).toBe(10);
});
