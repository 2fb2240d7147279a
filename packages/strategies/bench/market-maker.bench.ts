/**
 * What a strategy costs per book event: most change nothing that the maker looks at, some move the touch by a tick, few make
 * it amend. Hot: it runs on every event of every mode, a backtest wants two million a second.
 */
import { lots, micros, priceToTicks, qtyToLots, ticks, NO_HISTORY } from '@kb/model';
import type { BookEvent, IntentSink, OwnOrder, StrategyView } from '@kb/model';
import { SkewedMarketMaker } from '@kb/strategies';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { BTC, FakeBook } from '../test/harness.ts';

const EVENTS = 100_000;

export const run: BenchRun = (options: BenchOptions): BenchRow[] => {
  const still = new World(() => 0);
  const drifting = new World((event) => event % 40);
  const requoting = new World((event) => (event % 2) * 200);
  const times = interleave(
    {
      still: () => still.play(EVENTS),
      drifting: () => drifting.play(EVENTS),
      requoting: () => requoting.play(EVENTS),
      'empty loop': () => still.idle(EVENTS),
    },
    EVENTS,
    options,
  );
  const row = (name: string, key: keyof typeof times): BenchRow => ({
    name,
    median: times[key],
    unit: 'ns/event',
    against: undefined,
    ratio: undefined,
  });
  return [
    row('book events alone, no strategy', 'empty loop'),
    row('maker, book event that leaves the touch alone', 'still'),
    row('maker, touch moves by a tick each event', 'drifting'),
    row('maker, both quotes amended each event', 'requoting'),
  ];
};

/** A book of one level a side that moves as told, and a venue that agrees at once. */
class World {
  readonly #maker = new SkewedMarketMaker({ symbol: BTC.symbol, minQuoteLifeMs: 0 });
  readonly #books: FakeBook[];
  readonly #offset: (event: number) => number;
  readonly #orders: { -readonly [Key in keyof OwnOrder]: OwnOrder[Key] }[] = [];
  #now = 1_000_000;
  #messages = 0;
  #book: FakeBook;

  constructor(offset: (event: number) => number) {
    this.#offset = offset;
    this.#books = Array.from({ length: 201 }, (_, index) => {
      const book = new FakeBook();
      const price = (tick: number): string => (tick / 10).toFixed(1);
      book.set([[price(299_999 + index), '5']], [[price(300_001 + index), '5']]);
      return book;
    });
    this.#book = this.#books[0]!;
  }

  play(events: number): number {
    for (let index = 0; index < events; index += 1) {
      this.#maker.onEvent(this.#next(index), this.#view, this.#sink);
    }
    return this.#messages;
  }

  idle(events: number): number {
    let sum = 0;
    for (let index = 0; index < events; index += 1) sum += this.#next(index).seq;
    return sum;
  }

  #next(index: number): BookEvent {
    this.#now += 1000;
    this.#book = this.#books[this.#offset(index)]!;
    const at = micros(this.#now);
    return {
      type: 'book',
      seq: index,
      symbol: BTC.symbol,
      venueTs: at,
      recvTs: at,
      book: this.#book,
      changes: NO_CHANGES,
      snapshot: false,
      verified: true,
    };
  }

  readonly #view: StrategyView = this.#makeView();

  #makeView(): StrategyView {
    const now = (): StrategyView['now'] => micros(this.#now);
    const book = (): FakeBook => this.#book;
    const orders = this.#orders;
    const fees = { maker: '0', taker: '0.004' };
    return {
      get now() {
        return now();
      },
      market: {
        ...NO_HISTORY,
        symbols: [BTC.symbol],
        instrument: () => BTC,
        book,
        lastTrade: () => undefined,
        state: () => 'live',
        system: 'online',
      },
      account: {
        base: () => qtyBase,
        position: () => 0,
        balance: () => '100000',
        openOrders: () => orders,
        fees: () => fees,
      },
    };
  }

  readonly #sink: IntentSink = {
    place: (request) => {
      const clientOrderId = `o${this.#orders.length}`;
      const sentAt = micros(this.#now);
      this.#orders.push({ ...request, clientOrderId, strategyId: 'maker', filled: lots(0), state: 'open', sentAt });
      return clientOrderId;
    },
    amend: (id, change) => {
      this.#messages += 1;
      for (const order of this.#orders) {
        if (order.clientOrderId === id) order.price = change.price ?? order.price;
      }
    },
    cancel: (id) => {
      throw new Error(`the bench's market never asks for a cancel, was ${id}`);
    },
    cancelAll: () => undefined,
    flatten: () => undefined,
    explain: () => undefined,
  };
}

const qtyBase = qtyToLots(BTC, '1');
const NO_CHANGES = {
  snapshot: false,
  bidCount: 1,
  bidPrices: [priceToTicks(BTC, '29990.0')],
  bidSizes: [qtyToLots(BTC, '1')],
  askCount: 0,
  askPrices: [ticks(1)],
  askSizes: [lots(1)],
};
