/** Receives what the client does, for debugging: a message, and details that contain neither tokens nor bodies. */
export type DebugLog = (message: string, details?: object) => void;

/**
 * Calls a function that the application passed in. An error of that function must not break the client, so it becomes an
 * uncaught error.
 */
export async function callSafely(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

export const safeDebugLog =
  (debug: DebugLog | undefined): DebugLog =>
  (message, details) =>
    void (debug && callSafely(() => debug(message, details)));
