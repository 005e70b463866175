import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { postgresCpu, processCpu, residentOf } from '../../bench/cpu.js';

const onLinux = process.platform === 'linux';

test.runIf(onLinux)('CPU seconds of a process, from /proc', () => {
  const clock = processCpu(process.pid);
  const before = [clock(), process.cpuUsage()] as const;
  const until = performance.now() + 300;
  // In user mode and, for system calls, in system mode.
  while (performance.now() < until) readFileSync('/proc/self/maps');
  const used = process.cpuUsage(before[1]);
  const after = clock();
  if (before[0] === null || after === null) throw new Error('/proc was not read');
  expect(after - before[0]).toBeGreaterThan(0.02);
  // Both count in ticks of a hundredth of a second, and not from the same moment.
  expect(after - before[0]).toBeCloseTo((used.user + used.system) / 1e6, 1);
  expect(residentOf(process.pid)).toBeGreaterThan(10);
});

test('a process that does not exist has none', () => {
  expect(processCpu(2 ** 30)()).toBeNull();
});

// A server that is named may be on another machine.
test.runIf(onLinux && !process.env.TEST_POSTGRES_URL)(
  'CPU seconds of PostgreSQL count a connection that works and one that has ended',
  async () => {
    const url = inject('postgresUrl');
    const clock = await postgresCpu(url);
    const read = (): number => {
      const seconds = clock();
      if (seconds === null) throw new Error('the processes of PostgreSQL were not found');
      return seconds;
    };
    const before = read();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('SELECT count(*) FROM generate_series(1, 3000000)');
    expect(read() - before).toBeGreaterThan(0.1);
    await client.end();
    // Time enough for the process that served the connection to end.
    await sleep(1000);
    expect(read() - before).toBeGreaterThan(0.1);
  },
);
