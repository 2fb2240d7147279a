import { createHash } from 'node:crypto';
import type { OutputRecord, OutputSink, PaperSessionConfig } from '../../src/index.ts';

/** Keeps output records as the text that a journal would hold. */
export class Outputs implements OutputSink {
  readonly lines: string[] = [];
  durables = 0;

  append(record: OutputRecord): void {
    this.lines.push(JSON.stringify(record));
  }

  durable(): void {
    this.durables += 1;
  }

  get hash(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex');
  }

  /** All records, or those of a type. */
  records<Type extends OutputRecord['type']>(type: Type): Extract<OutputRecord, { readonly type: Type }>[] {
    return this.lines
      .map((line) => JSON.parse(line) as OutputRecord)
      .filter((record): record is Extract<OutputRecord, { readonly type: Type }> => record.type === type);
  }
}

/** A maker that quotes tightly and often on the test market, and so is filled. */
export function makerConfig(overrides: Partial<PaperSessionConfig> = {}): PaperSessionConfig {
  return {
    symbols: ['SOL/USD'],
    depth: 10,
    channels: ['book', 'trade'],
    strategies: [
      {
        id: 'maker',
        use: 'maker',
        symbol: 'SOL/USD',
        params: { baseSpreadBps: 6, feeFloor: false, requoteThresholdBps: 1, minQuoteLifeMs: 0 },
      },
    ],
    latency: { name: 'test', feed: 8_000, entry: 8_000, ack: 8_000 },
    fees: { maker: '0.0002', taker: '0.0004' },
    balances: {},
    limits: {
      maxOrderNotional: { USD: '500' },
      maxPositionNotional: { USD: '500' },
      ordersPerSecond: 1000,
      ordersPerMinute: 10_000,
    },
    reporting: 'USD',
    ...overrides,
  };
}
