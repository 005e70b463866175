/** Makes calls of `pass` wait between `hold` and `release`. */
export class Gate {
  private holding = false;
  private waiting: (() => void)[] = [];

  /** The number of waiting calls. */
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
