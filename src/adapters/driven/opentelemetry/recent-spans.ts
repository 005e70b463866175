import type { SpanContext } from '@opentelemetry/api';

/** The spans that recorded the newest trades of this process, by the trades' ids. The oldest are forgotten. */
export class RecentSpans {
  private readonly spans = new Map<string, SpanContext>();

  constructor(private readonly limit: number) {}

  add(tradeId: string, span: SpanContext): void {
    this.spans.set(tradeId, span);
    if (this.spans.size <= this.limit) return;
    const [oldest] = this.spans.keys();
    if (oldest !== undefined) this.spans.delete(oldest);
  }

  get(tradeId: string): SpanContext | undefined {
    return this.spans.get(tradeId);
  }
}
