import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { argv } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

// A process that acquires and releases the lock of a folder when its parent says so. Argument: the module of the lock.
// With `slow`, accesses to files are delayed at random, so that the steps of several processes mix in all orders.

let slow = false;
for (const name of ['link', 'open', 'readFile', 'rename', 'rm', 'stat', 'unlink']) {
  const original = fs.promises[name];
  fs.promises[name] = async (...args) => {
    if (slow && Math.random() < 0.5 && !String(args[0]).startsWith('/proc/')) await sleep(Math.random() * 2);
    return original(...args);
  };
}
syncBuiltinESMExports();
const { lockDirectory } = await import(argv[2]);

let lock;
process.on('message', async message => {
  if (message.acquire === undefined) {
    await lock?.release();
    lock = undefined;
    process.send({ done: 'released' });
    return;
  }
  slow = message.slow;
  try {
    lock = await lockDirectory(message.acquire);
    process.send({ done: 'held' });
  } catch (error) {
    process.send({ done: error.code ?? String(error) });
  }
});
process.once('disconnect', () => process.exit());
process.send({ done: 'ready' });
