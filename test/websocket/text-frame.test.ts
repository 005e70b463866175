import type { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { textFrame } from '../../src/adapters/driving/websocket/text-frame.js';

/** The types of `ws` lack its receiver. */
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable };

/** What a client makes of the bytes. */
function receive(...frames: readonly Buffer[]): string[] {
  const receiver = new Receiver({ isServer: false, maxPayload: 1_000_000 });
  const received: string[] = [];
  receiver.on('message', (data: Buffer, isBinary: boolean) => received.push(`${isBinary ? 'binary' : 'text'} ${data}`));
  for (const frame of frames) receiver.write(frame);
  return received;
}

describe('a text frame', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])('of %d bytes is one whole message', length => {
    const text = 'x'.repeat(length);
    expect(receive(textFrame(text), textFrame('next'))).toEqual([`text ${text}`, 'text next']);
  });

  it('counts bytes, not characters', () => {
    const text = 'Grüße 🐉 '.repeat(12);
    expect(receive(textFrame(text), textFrame('next'))).toEqual([`text ${text}`, 'text next']);
  });
});
