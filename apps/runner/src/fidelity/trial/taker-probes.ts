import { lots, micros, SECOND } from '@kb/model';
import type { ExecutionReport, Instrument, Lots, MarketEvent } from '@kb/model';
import { snapshotOf } from '@kb/orderbook';
import { PaperVenue } from '@kb/paper-exec';
import type { BookSide } from '../order-row.ts';
import type { BookMessage, PublicStream } from '../stream/public-stream.ts';

interface Probe {
  readonly venue: PaperVenue;
  readonly size: Lots;
  readonly trueAverage: number;
  readonly at: number;
  filled: number;
  paid: number;
}

/** Market orders now and then, each at a paper venue of its own: what they paid beside what they would really have paid. */
export class TakerProbes {
  readonly window: number;
  /** Estimated less true average price against the taker, in basis points. */
  readonly errors: number[] = [];
  /** Those that the paper venue did not fill whole. */
  unfilled = 0;
  readonly #pair: Instrument;
  #probes: Probe[] = [];
  #seq = 0;

  constructor(pair: Instrument, window: number) {
    this.#pair = pair;
    this.window = window;
  }

  /** @param trueAverage Ticks that a taker of that side and size would have paid on average, at that time. */
  send(stream: PublicStream, side: BookSide, size: number, trueAverage: number, at: number): void {
    const [base = '', quote = ''] = this.#pair.symbol.split('/');
    const venue = new PaperVenue({
      instruments: [this.#pair],
      latency: { feed: micros(0), entry: micros(0), ack: micros(0) },
      fees: { maker: '0', taker: '0' },
      balances: { [base]: '1000000000', [quote]: '1000000000000' },
      channels: ['book'],
      models: ['risk-averse'],
      follow: 'risk-averse',
    });
    const { book } = stream;
    venue.onEvent({ ...this.#event(stream.bookTime), book, changes: snapshotOf(book), snapshot: true });
    const common = { strategyId: 'taker', reason: 'fidelity', confidence: 1, symbol: this.#pair.symbol } as const;
    const order = { side, orderType: 'market', price: undefined, timeInForce: 'ioc', postOnly: false } as const;
    venue.submit({ type: 'place', ...common, clientOrderId: 'taker', ...order, size: lots(size) }, micros(at));
    this.#probes.push({ venue, size: lots(size), trueAverage, at, filled: 0, paid: 0 });
  }

  book({ time, changes, book }: BookMessage): void {
    for (const probe of this.#probes) {
      probe.venue.onEvent({ ...this.#event(time), book, changes, snapshot: changes.snapshot });
      probe.venue.drain(micros(time), micros(time), (report) => this.#heard(probe, report));
    }
    if (this.#probes.length > 0) this.#probes = this.#probes.filter((probe) => !this.#isOver(probe, time));
  }

  print(): void {
    // Takers look at the book alone.
  }

  #heard(probe: Probe, report: ExecutionReport): void {
    if (report.type !== 'fill') return;
    probe.filled += report.size;
    probe.paid += report.size * report.price;
    if (probe.filled < probe.size) return;
    const error = (probe.paid / probe.filled / probe.trueAverage - 1) * 1e4;
    this.errors.push(report.side === 'buy' ? error : -error);
  }

  #isOver({ filled, size, at }: Probe, time: number): boolean {
    if (filled >= size) return true;
    if (time - at <= SECOND) return false;
    this.unfilled += 1;
    return true;
  }

  #event(time: number): Omit<MarketEvent & { type: 'book' }, 'book' | 'changes' | 'snapshot'> {
    this.#seq += 1;
    const at = micros(time);
    return { type: 'book', seq: this.#seq, venueTs: at, recvTs: at, symbol: this.#pair.symbol, verified: true };
  }
}
