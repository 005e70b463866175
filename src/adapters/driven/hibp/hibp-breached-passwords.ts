import { createHash } from 'node:crypto';
import type { BreachedPasswords } from '../../../application/ports/driven/breached-passwords.js';
import type { Password } from '../../../domain/password-policy.js';
import { rangeUrlFlaw } from './range-url.js';

export interface HibpOptions {
  /** The URL to which the prefix of a hash is appended. https, or http for a loopback host. */
  readonly url: string;
  /**
   * Called when a check failed and the password was let pass: at most once a minute. `reason` contains nothing of the
   * password or its hash.
   */
  readonly onFailure?: (reason: string) => void;
}

/** Milliseconds for a check, from the request to the last byte of the answer. */
const BUDGET = 1000;
/** Bytes of an answer, after decompression. Those of Have I Been Pwned have under 100,000. */
const MAX_ANSWER = 512 * 1024;
/** Checks at the same time, so that many registrations do not use up the sockets of the process. */
const MAX_CHECKS = 32;
/** Milliseconds between two reports of failures. */
const REPORT_INTERVAL = 60_000;

/**
 * The range protocol of Have I Been Pwned (https://haveibeenpwned.com/API/v3#PwnedPasswords): the service gets the first
 * 5 of the 40 hexadecimal digits of the SHA-1 of the password, and returns the rest of every hash with this prefix, each
 * with the number of its occurrences. Neither the password nor its hash leaves the process. `Add-Padding` makes answers
 * equally long; padding has the count 0.
 */
export class HibpBreachedPasswords implements BreachedPasswords {
  private readonly base: string;
  private readonly onFailure: (reason: string) => void;
  private reportedAt = Number.NEGATIVE_INFINITY;
  private running = 0;

  /** @throws TypeError if the URL is not one of a range service. */
  constructor({ url, onFailure = () => undefined }: HibpOptions) {
    const flaw = rangeUrlFlaw(url);
    if (flaw) throw new TypeError(`The URL of the service for breached passwords ${flaw}.`);
    this.base = url.endsWith('/') ? url : `${url}/`;
    this.onFailure = onFailure;
  }

  async has(password: Password): Promise<boolean> {
    if (this.running >= MAX_CHECKS) return this.letPass(`there are ${MAX_CHECKS} checks at the same time`);
    this.running += 1;
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), BUDGET);
    try {
      const hash = createHash('sha1').update(password, 'utf8').digest('hex').toUpperCase();
      return countOf(hash.slice(5), await this.read(hash.slice(0, 5), aborter.signal)) > 0;
    } catch (error) {
      return this.letPass(aborter.signal.aborted ? `no complete answer within ${BUDGET} ms` : reasonOf(error));
    } finally {
      clearTimeout(timer);
      // Ends the connection if the answer was not read to its end.
      aborter.abort();
      this.running -= 1;
    }
  }

  private async read(prefix: string, signal: AbortSignal): Promise<string> {
    const headers = { 'Add-Padding': 'true', Accept: 'text/plain', 'User-Agent': 'tradepost' };
    const { status, body } = await fetch(this.base + prefix, { headers, signal, redirect: 'error' });
    if (status !== 200) throw new BadAnswer(`the answer has status ${status}`);
    let text = '';
    let size = 0;
    const decoder = new TextDecoder();
    for await (const chunk of body ?? []) {
      size += chunk.byteLength;
      if (size > MAX_ANSWER) throw new BadAnswer(`the answer has more than ${MAX_ANSWER / 1024} KiB`);
      text += decoder.decode(chunk, { stream: true });
    }
    return text;
  }

  private letPass(reason: string): false {
    const now = performance.now();
    if (now - this.reportedAt >= REPORT_INTERVAL) {
      this.reportedAt = now;
      this.onFailure(reason);
    }
    return false;
  }
}

class BadAnswer extends Error {}

const LINE = /^([0-9A-F]{35}):(\d{1,12})$/i;

/** Returns the count of a suffix in an answer; 0 if it is not in it. */
function countOf(suffix: string, answer: string): number {
  const lines = answer.split(/\r?\n/).filter(line => line !== '');
  // Checks all lines, so that a page of a captive portal or a broken proxy does not count as "not breached" unreported.
  const counts = lines.map(line => {
    const [, other, count] = LINE.exec(line) ?? [];
    if (!other) throw new BadAnswer('the answer is not a list of hash suffixes and counts');
    return other.toUpperCase() === suffix ? Number(count) : 0;
  });
  return Math.max(0, ...counts);
}

/** Messages of `fetch` say little and may contain the URL; the code of the cause says what happened. */
function reasonOf(error: unknown): string {
  if (error instanceof BadAnswer) return error.message;
  const { cause } = error as { cause?: { code?: unknown } };
  return `the service cannot be reached (${typeof cause?.code === 'string' ? cause.code : 'no further reason'})`;
}
