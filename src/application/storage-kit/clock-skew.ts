/** Milliseconds. NTP keeps machines within a few; more than this is a clock that nobody sets. */
const TOLERATED = 5_000;

/**
 * Compares this machine's clock with the database's. Returns a warning, or null where they agree within 5 s. Sessions and
 * limits of attempts go by the clocks of the servers, so that servers with different clocks end sessions early or late.
 */
export async function clockWarning(readClock: () => Promise<number>): Promise<string | null> {
  const asked = Date.now();
  const theirs = await readClock();
  const answered = Date.now();
  // The database read its clock between the two.
  const ahead = theirs < asked ? asked - theirs : theirs > answered ? answered - theirs : 0;
  if (Math.abs(ahead) <= TOLERATED) return null;
  const seconds = Math.round(Math.abs(ahead) / 1000);
  return (
    `the clock of this machine is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} the one of the database: sessions ` +
    'of servers with different clocks end early or late. Set both by NTP (timedatectl set-ntp true).'
  );
}
