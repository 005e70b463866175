/** Lets everybody through until it is told to hold them, and then until it is told to release them. */
export class Gate {
  private holding = false;
  private waiting: (() => void)[] = [];

  /** How many wait. */
  get held(): number {
    return this.waiting.length;
  }

  hold(): void {
    this.holding = true;
  }

  release(): void {
    this.holding = false;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  async pass(): Promise<void> {
    if (this.holding) await new Promise<void>(resolve => this.waiting.push(resolve));
  }
}
