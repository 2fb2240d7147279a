import { instrument, KeyedRandom, lots, micros, ticks } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { ccxt, CcxtPaperExchange, KRAKEN_MARGIN_RATES, PaperError } from '../src/index.ts';
import type { AccountInput, CcxtPaperOptions } from '../src/index.ts';
import { START, SYMBOL, turn } from './ccxt-scene.ts';

const OPTIONS: CcxtPaperOptions = {
  pairs: [{ symbol: SYMBOL, pricePrecision: 1, qtyPrecision: 8, minQty: '0.0001', minCost: '0.5' }],
  balances: { USD: '100000', BTC: '2' },
  fees: { maker: '0.0025', taker: '0.0040' },
  latencyMs: { feed: 10, entry: 120, ack: 110 }, // answers are on their way at most cuts
  margin: { rates: KRAKEN_MARGIN_RATES },
};

const PARAMS = [
  {},
  {},
  {},
  { postOnly: true },
  { clientOrderId: 'one' },
  { stopLossPrice: 60_001 },
  { trailingAmount: 2 },
  { oflags: 'fcib' },
  { leverage: 3 },
  { close: { ordertype: 'limit', price: 60_001 } },
];

/** A bot and its market, both a function of the seed and of what the exchange says. */
class Run {
  readonly exchange: CcxtPaperExchange;
  readonly inputs: string[] = [];
  /** What was answered, by the step that it was answered in and the step that asked. */
  readonly answers: { readonly at: number; readonly asked: number; readonly text: string }[] = [];
  readonly states: string[] = [];
  readonly #random: KeyedRandom;
  #step = 0;

  constructor(seed: number, open: (options: CcxtPaperOptions) => CcxtPaperExchange) {
    this.#random = new KeyedRandom(seed, 'ccxt restore');
    this.exchange = open({ ...OPTIONS, onInput: (input) => this.inputs.push(JSON.stringify(input)) });
  }

  async go(from: number, to: number): Promise<this> {
    for (this.#step = from; this.#step < to; this.#step += 1) await this.#next();
    return this;
  }

  async #next(): Promise<void> {
    const { exchange } = this;
    const step = this.#step;
    const pick = (count: number, what: number): number => Math.floor(this.#random.at(step, what) * count);
    const priceOf = (away: number): number => Number((60_000 + away / 10).toFixed(1));
    const timestamp = START + step * 50;
    const open = await exchange.fetchOpenOrders();
    const id = open[pick(Math.max(1, open.length), 1)]?.id ?? 'nobody';
    const price = priceOf(pick(40, 2) - 20);
    const amount = (1 + pick(300, 3)) / 1_000;
    const params = PARAMS[pick(PARAMS.length, 4)];
    const side = pick(2, 5) === 0 ? 'buy' : 'sell';
    switch (step === 0 ? 9 : pick(10, 6)) {
      case 0:
      case 1:
        this.#ask(exchange.createOrder(SYMBOL, 'limit', side, amount, price, params));
        break;
      case 2: {
        const trigger = pick(2, 7) === 0 ? { stopLossPrice: price } : undefined;
        this.#ask(
          exchange.editOrder(id, SYMBOL, 'limit', side, amount, trigger === undefined ? price : undefined, trigger),
        );
        break;
      }
      case 3:
        this.#ask(exchange.cancelOrder(id, SYMBOL));
        break;
      case 4:
        if (pick(4, 7) === 0) this.#ask(exchange.cancelAllOrders());
        else {
          const each = { symbol: SYMBOL, type: 'limit', side, amount };
          this.#ask(
            exchange.createOrders([
              { ...each, price },
              { ...each, price: priceOf(pick(40, 8) - 20) },
            ]),
          );
        }
        break;
      case 5:
      case 6:
      case 7:
        exchange.onTrade({ symbol: SYMBOL, timestamp, side, price, amount });
        break;
      case 8:
        if (pick(10, 7) === 0) exchange.onGap();
        break;
      default:
        exchange.onBook({ symbol: SYMBOL, timestamp, bids: [[price, 0.1]], asks: [[priceOf(pick(20, 8) + 21), 0.2]] });
    }
    exchange.onTime(timestamp);
    await turn();
    this.states.push(await stateOf(exchange));
  }

  #ask(answer: Promise<unknown>): void {
    const asked = this.#step;
    const note = (what: unknown): unknown => this.answers.push({ at: this.#step, asked, text: JSON.stringify(what) });
    answer.then(note, (error: unknown) => note(error instanceof ccxt.BaseError ? [error.name, error.message] : 'bug'));
  }
}

/** All that a bot may ask. */
async function stateOf(exchange: CcxtPaperExchange): Promise<string> {
  const book = await exchange.fetchOrderBook(SYMBOL).catch((error: unknown) => String(error));
  return JSON.stringify([
    await exchange.fetchBalance(),
    await exchange.fetchOrders(),
    await exchange.fetchMyTrades(),
    await exchange.fetchTrades(SYMBOL),
    await exchange.fetchTicker(SYMBOL),
    await exchange.fetchTradingFees(),
    await exchange.fetchTime(),
    exchange.markets,
    book,
  ]);
}

const read = (lines: readonly string[]): AccountInput[] => lines.map((line) => JSON.parse(line) as AccountInput);

describe('an exchange that is restored', () => {
  test.each([1, 2, 3])('goes on as the one that never stopped, wherever that was (script %d)', async (seed) => {
    const LENGTH = 240;
    const marks: number[] = [];
    const straight = new Run(seed, (options) => new CcxtPaperExchange(options));
    for (let step = 0; step < LENGTH; step += 1) {
      marks.push(straight.inputs.length);
      await straight.go(step, step + 1);
    }
    const told = straight.answers.map(({ text }) => text).join();
    expect(told).not.toContain('"bug"');
    expect((await straight.exchange.fetchMyTrades()).length).toBeGreaterThan(10);
    expect(straight.answers.length).toBeGreaterThan(50);

    for (let cut = 7; cut < LENGTH; cut += 23) {
      const inputs = read(straight.inputs.slice(0, marks[cut]));
      const restored = new Run(seed, (options) => CcxtPaperExchange.restore(options, inputs));
      expect(await stateOf(restored.exchange)).toBe(straight.states[cut - 1]);
      await restored.go(cut, LENGTH);
      expect(restored.states).toEqual(straight.states.slice(cut));
      expect(restored.answers).toEqual(straight.answers.filter(({ asked }) => asked >= cut));
      expect(restored.inputs).toEqual(straight.inputs.slice(marks[cut]));
    }
  });

  test('has the open orders under their ids, and tells no listener what was told', async () => {
    const inputs: AccountInput[] = [];
    const first = new CcxtPaperExchange({ ...OPTIONS, onInput: (input) => inputs.push(input) });
    first.onBook({ symbol: SYMBOL, timestamp: START, bids: [[60_000, 0.5]], asks: [[60_000.1, 0.8]] });
    const answer = first.createLimitBuyOrder(SYMBOL, 0.1, 59_000, { clientOrderId: 'mine' });
    first.onTime(START + 1_000);
    const { id = '' } = await answer;

    const reports: string[] = [];
    const onReport: CcxtPaperOptions['onReport'] = ({ type }) => reports.push(type);
    const second = CcxtPaperExchange.restore({ ...OPTIONS, onReport }, inputs);
    expect(await second.fetchOpenOrders()).toEqual(await first.fetchOpenOrders());
    expect(await second.fetchOrder(id)).toMatchObject({ id, status: 'open', clientOrderId: 'mine', price: 59_000 });
    const cancelled = second.cancelOrder(id, SYMBOL);
    expect(reports).toEqual([]);
    second.onTime(START + 2_000);
    await cancelled;
    expect(reports).toEqual(['cancelled']);
    expect((await second.fetchBalance())['USD']).toEqual({ free: 100_000, used: 0, total: 100_000 });
  });

  test('takes the answer to a cancel that was on its way for no other cancel', async () => {
    const inputs: AccountInput[] = [];
    const first = new CcxtPaperExchange({ ...OPTIONS, onInput: (input) => inputs.push(input) });
    first.onBook({ symbol: SYMBOL, timestamp: START, bids: [[60_000, 0.5]], asks: [[60_000.1, 0.8]] });
    const answer = first.createLimitBuyOrder(SYMBOL, 0.1, 59_000);
    first.onTime(START + 1_000);
    const { id = '' } = await answer;
    const unheard = first.cancelOrder(id, SYMBOL);

    const second = CcxtPaperExchange.restore(OPTIONS, inputs);
    const again = second.cancelOrder(id, SYMBOL);
    for (const exchange of [first, second]) exchange.onTime(START + 2_000);
    await unheard;
    await expect(again).rejects.toThrow(ccxt.OrderNotFound);
  });

  test('has the pairs and trades that a feed has told of', async () => {
    const inputs: AccountInput[] = [];
    const first = new CcxtPaperExchange({ ...OPTIONS, onInput: (input) => inputs.push(input) });
    const symbol = 'ETH/USD';
    const at = (millis: number) => ({
      symbol,
      seq: millis,
      venueTs: micros(1_000 * millis),
      recvTs: micros(1_000 * millis),
    });
    const pair = instrument({ symbol, pricePrecision: 2, qtyPrecision: 8 });
    const trade = { type: 'trade', price: ticks(200_000), size: lots(10), taker: 'buy', historical: false } as const;
    first.onEvent({ type: 'instrument', ...at(1), instrument: pair });
    first.onEvent({ ...trade, ...at(2), tradeId: 77 });
    const restored = CcxtPaperExchange.restore(OPTIONS, inputs);
    expect(restored.symbols).toEqual([SYMBOL, symbol]);
    expect(await restored.fetchTrades(symbol)).toEqual(await first.fetchTrades(symbol));
    expect((await restored.fetchTrades(symbol)).map(({ id }) => id)).toEqual(['77']);
  });

  test('counts trades without ids on from where it was', async () => {
    const inputs: AccountInput[] = [];
    const trade = { symbol: SYMBOL, timestamp: START, side: 'buy', price: 60_000, amount: 1 } as const;
    const first = new CcxtPaperExchange({ ...OPTIONS, onInput: (input) => inputs.push(input) });
    first.onTrade({ ...trade, id: '77' });
    first.onTrade(trade);
    const restored = CcxtPaperExchange.restore(OPTIONS, inputs);
    restored.onTrade(trade);
    expect((await restored.fetchTrades(SYMBOL)).map(({ id }) => id)).toEqual(['77', '78', '79']);
  });

  test('is refused with other options', () => {
    const inputs: AccountInput[] = [];
    const first = new CcxtPaperExchange({ ...OPTIONS, apiKey: 'a', onInput: (input) => inputs.push(input) });
    first.onTime(START);
    expect(() => CcxtPaperExchange.restore({ ...OPTIONS, apiKey: 'b' }, inputs)).not.toThrow();
    expect(() => CcxtPaperExchange.restore({ ...OPTIONS, balances: {} }, inputs)).toThrow(PaperError);
  });
});
