import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { pollingSignals } from '../../src/index.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const after = (milliseconds: number) => new Promise<void>(resolve => setTimeout(resolve, milliseconds));

/** Subscribes a listener that takes `takes` milliseconds for each signal, and counts the signals. */
function listen(signals = pollingSignals(), takes = 0) {
  const counted = { begun: 0, stop: (): void => undefined };
  counted.stop = signals.subscribe(async signal => {
    expect(signal).toEqual({ kind: 'missed' });
    counted.begun += 1;
    if (takes > 0) await after(takes);
  });
  return counted;
}

it('publishes `missed` ten times a second while there is a listener', async () => {
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

it('waits for listeners to finish, then pauses four times as long as they took, at most half a second', async () => {
  const one = listen(pollingSignals(), 50);
  await pass(1099); // 100, then 50 + 200 again and again
  expect(one.begun).toBe(4);
  const slow = listen(pollingSignals(), 300);
  await pass(1699); // 100, then 300 + 500
  expect(slow.begun).toBe(2);
});

it('continues after a listener failed, and still notifies the others', async () => {
  const signals = pollingSignals();
  signals.subscribe(() => Promise.reject(new Error('the store does not respond')));
  const other = listen(signals);
  await pass(350);
  expect(other.begun).toBe(3);
});

it('runs one timer even if all listeners leave while one is busy, and another one comes', async () => {
  const signals = pollingSignals();
  const gone = listen(signals, 150);
  await pass(120);
  gone.stop();
  const back = listen(signals);
  await pass(1050);
  expect(back.begun).toBe(10);
});
