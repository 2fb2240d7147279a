import { micros, MILLISECOND, NO_HISTORY, SECOND, VirtualScheduler } from '@kb/model';
import type { BookEvent, MarketView } from '@kb/model';
import { bookChanges, L2Book } from '@kb/orderbook';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeltaMonitor, imbalancePredictor } from '../src/index.ts';
import type { DeltaMonitorOptions, DeltaRecord, RestDepth } from '../src/index.ts';
import { codeOf } from './error-code.ts';

const GRID = { pricePrecision: 1, qtyPrecision: 0 };
const BTC = 'BTC/USD';
const ETH = 'ETH/USD';

/** A market of books with one level a side, a monitor that watches it, and a venue that answers when it is told to. */
class Stage {
  readonly time = new VirtualScheduler(micros(1_000 * SECOND));
  readonly records: DeltaRecord[] = [];
  readonly mismatches: string[] = [];
  readonly asked: string[] = [];
  readonly monitor: DeltaMonitor;
  readonly #books = new Map<string, L2Book>();
  readonly #frozen = new Set<string>();
  readonly #answers: ((answer: RestDepth | Error) => void)[] = [];

  constructor(options: Partial<DeltaMonitorOptions> = {}) {
    const market: MarketView = {
      ...NO_HISTORY,
      symbols: [BTC, ETH],
      instrument: () => undefined,
      book: (symbol) => (this.#frozen.has(symbol) ? undefined : this.#books.get(symbol)),
      lastTrade: () => undefined,
      state: (symbol) => (this.#frozen.has(symbol) ? 'resyncing' : 'live'),
      system: 'online',
    };
    this.monitor = new DeltaMonitor({
      market,
      scheduler: this.time,
      depth: (symbol) =>
        new Promise((resolve, reject) => {
          this.asked.push(symbol);
          this.#answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
        }),
      onRecord: (record) => this.records.push(record),
      onMismatch: (symbol) => this.mismatches.push(symbol),
      ...options,
    });
  }

  /** The best prices of a symbol become these. */
  move(bid: string, ask: string, symbol = BTC, sizes: readonly [string, string] = ['1', '1']): void {
    const book = this.#books.get(symbol) ?? new L2Book(symbol, GRID, 10);
    this.#books.set(symbol, book);
    const changes = bookChanges({ snapshot: true, bids: [[bid, sizes[0]]], asks: [[ask, sizes[1]]] }, GRID);
    book.apply(changes);
    this.#frozen.delete(symbol);
    const now = this.time.now();
    const event: BookEvent = {
      type: 'book',
      seq: 1,
      venueTs: now,
      recvTs: now,
      symbol,
      book,
      changes,
      snapshot: true,
      verified: true,
    };
    this.monitor.onEvent(event);
  }

  freeze(symbol: string): void {
    this.#frozen.add(symbol);
    const at = this.time.now();
    const cause = { state: 'resyncing', cause: 'checksum', detail: '' } as const;
    this.monitor.onEvent({ type: 'feed', seq: 1, venueTs: at, recvTs: at, symbol, ...cause });
  }

  /** The oldest question is answered. */
  async answer(bid: string, ask: string): Promise<void> {
    await this.#settle({ bids: [{ price: bid }], asks: [{ price: ask }] });
  }

  async fail(text: string): Promise<void> {
    await this.#settle(new Error(text));
  }

  pass(ms: number): void {
    this.time.advance(micros(ms * MILLISECOND));
  }

  get told(): string[] {
    return this.records.map((record) => (record.type === 'suppressed' ? record.reason : record.type));
  }

  async #settle(answer: RestDepth | Error): Promise<void> {
    this.#answers.shift()?.(answer);
    for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
  }
}

describe('a move', () => {
  test.each([
    ['30029.8', '30030.0', 'no'],
    ['30029.9', '30030.1', 'yes'],
    ['29968.9', '29969.1', 'yes'],
    ['29970.1', '29970.3', 'no'],
  ])('from 30000 to %s / %s counts: %s', (bid, ask, counts) => {
    const stage = new Stage();
    stage.move('29999.9', '30000.1');
    stage.move(bid, ask);
    expect(stage.told).toEqual(counts === 'yes' ? ['delta', 'sent'] : []);
  });

  test('is measured from the last look, and a look is taken anew with each move and each minute', () => {
    const stage = new Stage();
    stage.move('9999.9', '10000.1');
    stage.move('10009.9', '10010.1'); // 10 bp
    stage.move('10019.8', '10020.0'); // less than 10 bp of 10010
    expect(stage.told.filter((type) => type === 'delta')).toHaveLength(1);
    for (let step = 0; step < 40; step += 1) {
      stage.pass(61_000);
      const price = 10_020 + step * 8;
      stage.move(`${price - 0.1}`, `${price + 0.1}`); // a drift
    }
    expect(stage.told.filter((type) => type === 'delta')).toHaveLength(1);
  });

  test('across a frozen book is not one: the next look starts afresh', () => {
    const stage = new Stage();
    stage.move('9999.9', '10000.1');
    stage.freeze(BTC);
    stage.move('10999.9', '11000.1');
    expect(stage.told).toEqual([]);
  });
});

describe('a check', () => {
  test('agrees when the venue says what ours was at any time between question and answer', async () => {
    const stage = new Stage({ toleranceBps: 0 });
    stage.move('9999.9', '10000.1');
    stage.move('10019.9', '10020.1');
    stage.move('10023.0', '10024.0');
    stage.pass(80);
    await stage.answer('10023.0', '10024.0');
    expect(stage.records.at(-1)).toMatchObject({ type: 'agreed', took: 80_000, cause: 'delta' });
    stage.pass(2000);
    stage.move('10040.9', '10041.1');
    stage.move('10041.4', '10041.6');
    await stage.answer('10040.9', '10041.1'); // as it was when asked
    expect(stage.records.at(-1)).toMatchObject({ type: 'agreed' });
  });

  test('allows 2 bp beyond, to the tick', async () => {
    for (const [bid, expected] of [
      ['10017.8', 'agreed'], // 10019.9 less 2 bp, rounded up to whole ticks: 2.1
      ['10017.7', 'mismatch'],
    ] as const) {
      const stage = new Stage();
      stage.move('9999.9', '10000.1');
      stage.move('10019.9', '10020.1');
      await stage.answer(bid, '10020.1');
      expect(stage.records.at(-1)?.type).toBe(expected);
    }
  });

  test('asks for a new subscription after two mismatches in a row, and never sooner', async () => {
    const stage = new Stage();
    stage.move('9999.9', '10000.1');
    for (const [step, rest] of [9000, 9000, undefined, 9000, 9000].entries()) {
      const price = 10_020 + step * 20;
      stage.move(`${price - 0.1}`, `${price + 0.1}`);
      await stage.answer(`${rest ?? price - 0.1}`, `${(rest ?? price) + 0.1}`);
      stage.pass(1000);
    }
    expect(stage.told.filter((type) => !['delta', 'sent'].includes(type))).toEqual([
      'mismatch',
      'mismatch',
      'agreed',
      'mismatch',
      'mismatch',
    ]);
    expect(stage.mismatches).toEqual([BTC, BTC]);
    expect(stage.monitor.statsOf(BTC)).toMatchObject({ deltas: 5, sent: 5, agreed: 1, mismatched: 4 });
  });

  test('is not made within the cooldown, while one is in flight, or within a second of another symbol’s', async () => {
    const stage = new Stage();
    stage.move('9999.9', '10000.1');
    stage.move('999.9', '1000.1', ETH);
    stage.move('10019.9', '10020.1');
    stage.move('1009.9', '1010.1', ETH);
    stage.move('10039.9', '10040.1');
    await stage.answer('10039.9', '10040.1');
    stage.pass(999);
    stage.move('10059.9', '10060.1');
    stage.pass(1);
    stage.move('10079.9', '10080.1');
    expect(stage.told).toEqual([
      'delta',
      'sent',
      'delta',
      'global-limit',
      'delta',
      'in-flight',
      'agreed',
      'delta',
      'cooldown',
      'delta',
      'sent',
    ]);
    expect(stage.monitor.statsOf(ETH).suppressed).toEqual({
      cooldown: 0,
      'global-limit': 1,
      'in-flight': 0,
      'not-live': 0,
    });
  });

  test('that fails, that cannot be read, or whose book froze meanwhile says so and judges nothing', async () => {
    const stage = new Stage();
    stage.move('9999.9', '10000.1');
    const outcomes: (() => Promise<void>)[] = [
      () => stage.fail('timeout'),
      () => stage.answer('12x', '1'),
      () => stage.answer('10000.123', '10020'),
      async () => {
        stage.freeze(BTC);
        stage.move('5000', '5001');
        await stage.answer('10080', '10081');
      },
    ];
    let price = 10_000;
    for (const outcome of outcomes) {
      stage.pass(1000);
      price += 20;
      stage.move(`${price - 0.1}`, `${price + 0.1}`);
      await outcome();
    }
    expect(stage.told.filter((type) => !['delta', 'sent'].includes(type))).toEqual([
      'failed',
      'failed',
      'failed',
      'void',
    ]);
    expect(stage.mismatches).toEqual([]);
  });

  test('is not looked at any more once the monitor is closed', async () => {
    const stage = new Stage();
    stage.move('9999.9', '10000.1');
    stage.move('10019.9', '10020.1');
    stage.monitor.close();
    await stage.answer('1', '2');
    stage.move('10999.9', '11000.1');
    expect(stage.told).toEqual(['delta', 'sent']);
  });

  test('comes at most once a second, and once a second for each symbol, whatever the market does', async () => {
    const jump = fc.record({
      wait: fc.integer({ min: 0, max: 700 }),
      symbol: fc.constantFrom(BTC, ETH),
      up: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(jump, { maxLength: 60 }), async (jumps) => {
        const stage = new Stage();
        const mids = { [BTC]: 10_000, [ETH]: 10_000 };
        const at: number[] = [];
        for (const { wait, symbol, up } of jumps) {
          stage.pass(wait);
          mids[symbol] = (mids[symbol] ?? 0) + (up ? 15 : -15);
          const before = stage.asked.length;
          stage.move(`${mids[symbol]}.0`, `${mids[symbol]}.1`, symbol);
          if (stage.asked.length > before) at.push(stage.time.now());
          await stage.answer(`${mids[symbol]}.0`, `${mids[symbol]}.1`);
        }
        expect(at.every((time, index) => index === 0 || time - (at[index - 1] ?? 0) >= SECOND)).toBe(true);
        const due = [BTC, ETH].map((symbol) => stage.monitor.statsOf(symbol));
        for (const { deltas, sent, suppressed } of due) {
          expect(deltas).toBe(sent + Object.values(suppressed).reduce((sum, count) => sum + count, 0));
        }
      }),
      { numRuns: 60, seed: 4 },
    );
  });
});

describe('a prediction', () => {
  test('is a hit when a move in its direction comes within five seconds, and may check early', () => {
    const stage = new Stage({ predict: () => 12 });
    stage.move('9999.9', '10000.1');
    expect(stage.told).toEqual(['predicted', 'sent']);
    stage.pass(3000);
    stage.move('10019.9', '10020.1');
    expect(stage.records.find(({ type }) => type === 'hit')).toMatchObject({ lead: 3 * SECOND });
    expect(stage.monitor.statsOf(BTC).predictions).toMatchObject({ hits: 1, misses: 0, precision: 1, recall: 1 });
  });

  test('is a miss when none does, and a move the other way is unforeseen', () => {
    const opinions = [12, undefined];
    const stage = new Stage({ predict: () => opinions.shift() });
    stage.move('9999.9', '10000.1');
    stage.pass(1000);
    stage.move('9979.9', '9980.1');
    stage.pass(4001);
    const at = stage.time.now();
    stage.monitor.onEvent({ type: 'timer', seq: 1, venueTs: at, recvTs: at, symbol: undefined });
    expect(stage.told.at(-1)).toBe('miss');
    expect(stage.monitor.statsOf(BTC).predictions).toEqual({
      made: 1,
      hits: 0,
      misses: 1,
      unforeseen: 1,
      precision: 0,
      recall: 0,
    });
  });

  test('is asked for at most every 250 ms, and only what goes as far as a move counts', () => {
    let asked = 0;
    const stage = new Stage({
      predict: () => {
        asked += 1;
        return 9.9;
      },
    });
    for (let step = 0; step < 10; step += 1) {
      stage.move('9999.9', '10000.1');
      stage.pass(100);
    }
    expect(asked).toBe(4);
    expect(stage.told).toEqual([]);
  });

  test('by imbalance expects the price to go where the book is thin', () => {
    const stage = new Stage({ predict: imbalancePredictor(0.9, 10) });
    stage.move('9999.9', '10000.1', BTC, ['50', '50']);
    stage.pass(250);
    stage.move('9999.9', '10000.1', BTC, ['91', '9']);
    stage.move('999.9', '1000.1', ETH, ['9', '91']);
    expect(stage.records.filter(({ type }) => type === 'predicted')).toMatchObject([
      { symbol: BTC, direction: 'up' },
      { symbol: ETH, direction: 'down' },
    ]);
  });
});

test('all options that cannot work are told at once', () => {
  const error = codeOf(() => new Stage({ thresholdBps: 0, toleranceBps: -1, mismatches: 0.5, cooldown: micros(-1) }));
  expect(error).toBe('KB_FEED_BAD_OPTIONS');
  expect(() => new Stage({ thresholdBps: 0, mismatches: 0.5 })).toThrow(/thresholdBps.*mismatches/);
});

test('the smallest and the largest prices are compared exactly', () => {
  const stage = new Stage();
  stage.move('0.1', '0.1');
  stage.move('0.1', '0.2');
  expect(stage.told).toEqual(['delta', 'sent']);
  const great = '90000000000000.0'; // 9e14 ticks: an excess of one tick over the threshold is seen
  stage.move(great, great, ETH);
  stage.move('90089999999999.9', '90089999999999.9', ETH);
  expect(stage.told).toEqual(['delta', 'sent']);
  stage.move('90090000000000.0', '90090000000000.0', ETH);
  expect(stage.told.slice(2)).toEqual(['delta', 'global-limit']);
});
