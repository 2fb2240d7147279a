import { SimExchange } from '@kb/exchange-sim';
import { isoToMicros, micros, MILLISECOND, VirtualScheduler } from '@kb/model';
import type { InstrumentSpec, Micros } from '@kb/model';
import type { CaseSetting } from './contract-case.ts';
import type { MarketAction, OrderText } from './script.ts';

/** Venue time of a case's beginning. */
export const START: Micros = isoToMicros('2026-01-01T00:00:00Z');
export const SYMBOL = 'BTC/USD';
/** Highest leverage of the pair. */
export const LEVERAGE = 10;
/** Our account; the strangers are two, so that they can trade with each other. */
export const US = 'us';
const MAKER = 'maker';
const TAKER = 'taker';

const PAIR: InstrumentSpec = {
  symbol: SYMBOL,
  pricePrecision: 1,
  qtyPrecision: 8,
  minQty: '0.0001',
  minCost: '0.5',
  costPrecision: 5,
};

export function pairOf({ pair }: CaseSetting): InstrumentSpec {
  return { ...PAIR, ...pair };
}

export function balancesOf({ balances }: CaseSetting): Readonly<Record<string, string>> {
  return balances ?? { USD: '10000', BTC: '50' };
}

export function timeOf(ms: number): Micros {
  return micros(START + Math.round(ms * MILLISECOND));
}

/** The simulated exchange and the strangers on it, in time that moves only when told. */
export class Street {
  readonly scheduler: VirtualScheduler;
  readonly exchange: SimExchange;

  constructor(setting: CaseSetting) {
    this.scheduler = new VirtualScheduler(micros(START - LEAD));
    const plenty = { USD: '1000000000', BTC: '1000000' };
    this.exchange = new SimExchange({
      markets: [
        {
          instrument: { ...pairOf(setting), margin: { leverage: RATIOS, longLimit: 1e6, shortLimit: 1e6 } },
          flow: 'none',
          startPrice: '100',
        },
      ],
      seed: 1,
      scheduler: this.scheduler,
      rateLimits: setting.tier !== undefined,
      accounts: [
        { name: US, balances: balancesOf(setting), ...(setting.tier === undefined ? {} : { tier: setting.tier }) },
        { name: MAKER, balances: plenty, tier: 'pro' },
        { name: TAKER, balances: plenty, tier: 'pro' },
      ],
    });
    this.exchange.start();
    if (setting.hasBook === false) return;
    for (const order of FIRST_BOOK) this.do({ type: 'rests', name: `${order.side} ${order.price}`, order });
    this.do({ type: 'takes', order: { side: 'sell', size: '1', price: '100' } });
  }

  /** Lets time pass until then, in milliseconds from the start. */
  pass(until: number): void {
    const left = timeOf(until) - this.scheduler.now();
    if (left > 0) this.scheduler.advance(micros(left));
    this.scheduler.advance(micros(0));
  }

  do(action: MarketAction): void {
    const { exchange } = this;
    exchange.catchUp();
    switch (action.type) {
      case 'rests':
        this.#send(MAKER, action.order, action.name);
        break;
      case 'takes':
        this.#send(TAKER, action.order);
        break;
      case 'leaves': {
        const answer = exchange.desk.cancel(MAKER, { clOrdId: action.name }, exchange.now());
        if (!answer.ok) throw new Error(`${action.name} could not leave: ${answer.error}`);
        exchange.flush();
        break;
      }
      case 'pair':
        exchange.setPairStatus(SYMBOL, action.status);
        break;
      case 'system':
        exchange.setSystemStatus(action.status);
        break;
      case 'precision':
        exchange.changePrecision(SYMBOL, action.price, action.size);
        break;
    }
    this.scheduler.advance(micros(0));
  }

  #send(account: string, { side, size, price }: OrderText, name?: string): void {
    const { exchange } = this;
    const answer = exchange.desk.place(
      account,
      {
        symbol: SYMBOL,
        side,
        qty: size,
        kind: price === undefined ? 'market' : 'limit',
        ...(price === undefined ? {} : { limitPrice: { value: price, type: 'static' } }),
        ...(name === undefined ? {} : { clOrdId: name }),
        ...(account === TAKER ? { timeInForce: 'ioc' } : {}),
      },
      exchange.now(),
    );
    if (!answer.ok) throw new Error(`A stranger could not ${side} ${size}: ${answer.error}`);
    exchange.flush();
  }
}

/** The exchange is open for so long before a case begins. */
const LEAD = 1000 * MILLISECOND;
const RATIOS = Array.from({ length: LEVERAGE - 1 }, (_, index) => index + 2);
/** Far enough from 100 that cases have the prices in between to themselves; somebody sells 1 at 100, which was the last trade. */
const FIRST_BOOK: readonly OrderText[] = [
  { side: 'buy', size: '20', price: '98' },
  { side: 'buy', size: '20', price: '90' },
  { side: 'sell', size: '20', price: '102' },
  { side: 'sell', size: '20', price: '110' },
  { side: 'buy', size: '1', price: '100' },
];
