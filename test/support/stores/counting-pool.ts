import pg from 'pg';

/** A pool that records its statements. Every `query` of a client is one round trip. */
export function countingPool(connectionString: string) {
  const sent: string[] = [];
  class CountingClient extends pg.Client {
    // All overloads of the driver end here; the pool returns instances of this class.
    override query(...args: never[]): never {
      const [config] = args as unknown as [string | { text: string }];
      sent.push(typeof config === 'string' ? config : config.text);
      return super.query(...(args as unknown as [string])) as never;
    }
  }
  const pool = new pg.Pool({ connectionString, max: 4, Client: CountingClient } as pg.PoolConfig);
  const isHint = (text: string): boolean => text === 'SELECT pg_notify($1, $2)';
  return {
    pool,
    sent,
    /**
     * The statements that `work` sent. Without hints about new entries, which nothing waits for and which may come from
     * earlier trades.
     */
    async during(work: () => Promise<unknown>): Promise<string[]> {
      const before = sent.length;
      await work();
      return sent.slice(before).filter(text => !isHint(text));
    },
    /** How many hints about new entries have been sent. */
    countHints: (): number => sent.filter(isHint).length,
  };
}
