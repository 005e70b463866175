import { describe, expect, it } from 'vitest';
import { Admission } from '../../src/adapters/driving/websocket/admission.js';

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

describe('the admission of handshakes', () => {
  it('begins few in a turn of the event loop, in order, so that other work is done between them', async () => {
    const admission = new Admission();
    const begun: number[] = [];
    const enter = async (index: number): Promise<void> => {
      await admission.enter();
      begun.push(index);
    };
    const all = Promise.all(Array.from({ length: 100 }, (_, index) => enter(index)));
    const inTurns: number[] = [];
    while (begun.length < 100) {
      const before = begun.length;
      await turn();
      inTurns.push(begun.length - before);
    }
    await all;
    expect(inTurns).toEqual([32, 16, 16, 16, 16, 4]);
    expect(begun).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('admits a lone handshake at once, again and again', async () => {
    const admission = new Admission();
    for (let round = 0; round < 3; round += 1) {
      expect(admission.enter()).toBeUndefined();
      await turn();
      await turn();
    }
  });
});
