import type { Application, Ports } from '../../application/create-use-cases.js';
import type { UseCases } from '../../application/ports/driving/use-cases.js';

/** The process ended before it answered. The caller does not know what took effect. */
export class ProcessEnded extends Error {}

/** One server process. It can crash: its watches end, its callers get no answer, and what it sent takes effect. */
export class SimulatedProcess {
  private application: Application | null = null;
  private readonly onCrash = new Set<() => void>();

  constructor(
    readonly name: string,
    /** Builds the application of one life of the process, which lasts as long as `isRunning` returns true. */
    private readonly build: (isRunning: () => boolean) => Ports,
    private readonly createApplication: (ports: Ports) => Application,
  ) {}

  get isRunning(): boolean {
    return this.application !== null;
  }

  start(): void {
    if (this.application) return;
    const application: Application = this.createApplication(this.build(() => this.application === application));
    this.application = application;
  }

  crash(): void {
    const application = this.application;
    this.application = null;
    application?.live.close();
    const listeners = [...this.onCrash];
    this.onCrash.clear();
    for (const listener of listeners) listener();
  }

  /** Calls the listener once, at the next crash. The returned function removes it. */
  whenCrashed(listener: () => void): () => void {
    this.onCrash.add(listener);
    return () => void this.onCrash.delete(listener);
  }

  /** @throws ProcessEnded if the process does not run, or ends before the answer */
  async call<Result>(run: (useCases: UseCases) => Promise<Result>): Promise<Result> {
    if (!this.application) throw new ProcessEnded();
    const answer = run(this.application.useCases);
    let forget: () => void = () => undefined;
    const end = new Promise<never>((_resolve, reject) => {
      forget = this.whenCrashed(() => reject(new ProcessEnded()));
    });
    try {
      return await Promise.race([answer, end]);
    } finally {
      forget();
    }
  }

  /** Deletes what has expired. */
  async sweep(): Promise<void> {
    await this.application?.sweep.execute();
  }
}
