/** Handshakes that begin in one turn of the event loop. A handshake takes about a fifth of a millisecond of CPU time. */
const PER_TURN = 16;

/**
 * Admits handshakes in order, a few in each turn of the event loop, so that other requests are served between them while
 * thousands of clients come back at once.
 */
export class Admission {
  private readonly waiting: (() => void)[] = [];
  private begun = 0;
  private scheduled = false;

  /** Resolves when the handshake may begin. */
  enter(): Promise<void> | void {
    if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(this.nextTurn);
    }
    if (this.begun < PER_TURN && this.waiting.length === 0) {
      this.begun += 1;
      return;
    }
    return new Promise(resolve => this.waiting.push(resolve));
  }

  private readonly nextTurn = (): void => {
    const admitted = this.waiting.splice(0, PER_TURN);
    this.begun = admitted.length;
    this.scheduled = admitted.length > 0;
    if (this.scheduled) setImmediate(this.nextTurn);
    for (const begin of admitted) begin();
  };
}
