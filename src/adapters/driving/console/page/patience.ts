import { ClientError } from '../../../client/index.js';

/** Milliseconds between attempts while the server does not answer. */
const PAUSE = 1000;

export interface PatientParts {
  /** Ends the attempts. */
  readonly isOver: () => boolean;
  /** Called before each further attempt. */
  readonly onWaiting?: () => void;
}

/**
 * Repeats a request until the server answers. Use it for requests that can be repeated: those that only read, and those
 * with an idempotency key.
 *
 * @throws ClientError with the server's refusal, or the last failure if `isOver`
 */
export async function untilAnswered<Result>(
  attempt: () => Promise<Result>,
  { isOver, onWaiting }: PatientParts,
): Promise<Result> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ClientError) || !WORTH_REPEATING.has(error.code) || isOver()) throw error;
      onWaiting?.();
      await new Promise(resolve => setTimeout(resolve, Math.max(PAUSE, (error.retryAfter ?? 0) * 1000)));
      if (isOver()) throw error;
    }
  }
}

const WORTH_REPEATING: ReadonlySet<string> = new Set(['unreachable', 'storage_unavailable', 'overloaded']);

/** Returns a new idempotency key. `crypto.randomUUID` exists only on pages of https and localhost. */
export const createKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('');

/** Milliseconds before a lost socket is opened again. Short, because a person is looking at the page. */
export const shortBackoff = (failures: number): number =>
  Math.random() * Math.min(3000, 250 * 2 ** Math.min(failures, 8));
