import { describe, expect, it } from 'vitest';
import { Slots } from '../../src/adapters/driving/websocket/slots.js';

const rateLimited = expect.objectContaining({ code: 'rate_limited' });
const overloaded = expect.objectContaining({ code: 'overloaded', retryAfter: 10 });

describe('the slots of a process', () => {
  it('are limited; a released slot can be taken again, and counts once however often it is released', () => {
    const slots = new Slots({ sockets: 2, socketsPerUser: 2, anonymousSockets: 9, anonymousSocketsPerAddress: 9 });
    const [first] = [slots.take(), slots.take()];
    expect(() => slots.take()).toThrow(overloaded);
    first?.release();
    first?.release();
    slots.take();
    expect(() => slots.take()).toThrow(overloaded);
  });

  it('are limited for each user; a slot is claimed once, and not after it was released', () => {
    const slots = new Slots({ sockets: 10, socketsPerUser: 1, anonymousSockets: 9, anonymousSocketsPerAddress: 9 });
    const [first, second, third] = [slots.take(), slots.take(), slots.take()];
    first.assignTo('ann');
    first.assignTo('ann');
    second.assignTo('bob');
    expect(() => third.assignTo('ann')).toThrow(rateLimited);
    first.release();
    first.assignTo('ann');
    third.assignTo('ann');
    expect(() => slots.take().assignTo('bob')).toThrow(rateLimited);
  });
});
