import type ccxt from 'ccxt';
import type { Order } from 'ccxt';

type Kraken = InstanceType<typeof ccxt.pro.kraken>;

/** What the bot uses of ccxt, typed as ccxt types it. */
export type BotExchange = Pick<
  Kraken,
  | 'amountToPrecision'
  | 'cancelAllOrders'
  | 'cancelAllOrdersWs'
  | 'cancelOrder'
  | 'cancelOrderWs'
  | 'cancelOrders'
  | 'createLimitBuyOrder'
  | 'createMarketBuyOrder'
  | 'createOrder'
  | 'createOrderWs'
  | 'createOrders'
  | 'createTrailingPercentOrder'
  | 'editOrder'
  | 'editOrderWs'
  | 'fetchBalance'
  | 'fetchClosedOrders'
  | 'fetchMyTrades'
  | 'fetchOpenOrders'
  | 'fetchOrder'
  | 'fetchTicker'
  | 'fetchTrades'
  | 'fetchTradingFee'
  | 'loadMarkets'
  | 'priceToPrecision'
  | 'watchMyTrades'
  | 'watchOrders'
> & { fetchOrderBook(symbol: string, limit?: number): Promise<unknown> };

/** The market around the bot: the others' orders, and time. */
export interface BotWorld {
  readonly exchange: BotExchange;
  /** Others quote 0.5 at 60,000.0 to 0.9 at 60,000.1, and one buys 0.1. */
  open(): Promise<void>;
  /** Somebody sells 0.55 at 60,000.0. */
  sell(): Promise<void>;
  /** Waits for an answer, in whose time it takes. */
  answer<T>(promise: Promise<T>): Promise<T>;
}

/** What it was answered, by question: an answer, or what was thrown. */
export type Answers = Map<string, { readonly value: unknown } | { readonly thrown: Error }>;

/** A bot that asks for most of what a bot asks for, and writes down every answer. */
export async function runBot(world: BotWorld): Promise<Answers> {
  const { exchange } = world;
  const answers: Answers = new Map();
  const ask = async <T>(question: string, answer: () => Promise<T>): Promise<T | undefined> => {
    try {
      const value = await world.answer(answer());
      answers.set(question, { value });
      return value;
    } catch (error) {
      answers.set(question, { thrown: error as Error });
      return undefined;
    }
  };
  const place = async (question: string, answer: () => Promise<Order>): Promise<string> => {
    const { id } = (await ask(question, answer)) ?? {};
    await ask(`${question}, fetched`, () => exchange.fetchOrder(id ?? '', SYMBOL));
    return id ?? '';
  };

  await ask('the market', async () => (await exchange.loadMarkets())[SYMBOL]);
  await world.open();
  await ask('the ticker', () => exchange.fetchTicker(SYMBOL));
  await ask('the book', () => exchange.fetchOrderBook(SYMBOL, 10));
  await ask('public trades', () => exchange.fetchTrades(SYMBOL));
  await ask('the fee', () => exchange.fetchTradingFee(SYMBOL));
  await ask('the balance', () => exchange.fetchBalance());

  const named = { postOnly: true, clientOrderId: 'my-first' };
  const first = await place('a post-only order', () =>
    exchange.createOrder(SYMBOL, 'limit', 'buy', 0.0100000049, 54_000.04, named),
  );
  await ask('open orders', () => exchange.fetchOpenOrders(SYMBOL));
  await ask('the balance beside an open order', () => exchange.fetchBalance());
  await ask('an edit', () => exchange.editOrder(first, SYMBOL, 'limit', 'buy', 0.02, 54_000));
  await ask('the edited order', () => exchange.fetchOrder(first, SYMBOL));
  await ask('a cancel', () => exchange.cancelOrder(first, SYMBOL));
  await ask('the cancelled order', () => exchange.fetchOrder(first, SYMBOL));
  await ask('a cancel of it once more', () => exchange.cancelOrder(first, SYMBOL));
  await ask('an edit of it', () => exchange.editOrder(first, SYMBOL, 'limit', 'buy', 0.03, 54_000));

  await place('a market order', () => exchange.createMarketBuyOrder(SYMBOL, 0.01));
  await ask('own trades', () => exchange.fetchMyTrades(SYMBOL));
  await ask('the balance after it', () => exchange.fetchBalance());
  await place('a limit order that takes', () => exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, 60_001));
  await place('an order that is not filled at once', () =>
    exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, 54_000, { timeInForce: 'IOC' }),
  );

  const resting = await place('an order at the best bid', () => exchange.createLimitBuyOrder(SYMBOL, 0.1, 60_000));
  await world.sell();
  await ask('the order that is half filled', () => exchange.fetchOrder(resting, SYMBOL));
  await ask('own trades since', () => exchange.fetchMyTrades(SYMBOL, undefined, 1));
  await ask('a cancel of the other half', () => exchange.cancelOrder(resting, SYMBOL));
  await ask('what became of it', () => exchange.fetchOrder(resting, SYMBOL));

  await place('a stop-loss', () =>
    exchange.createOrder(SYMBOL, 'market', 'sell', 0.01, undefined, { stopLossPrice: 54_000 }),
  );
  await place('a stop-loss with a limit', () =>
    exchange.createOrder(SYMBOL, 'limit', 'sell', 0.01, 53_990, { stopLossPrice: 54_000 }),
  );
  await place('a take-profit with a limit', () =>
    exchange.createOrder(SYMBOL, 'limit', 'sell', 0.01, 66_000, { takeProfitPrice: 65_000 }),
  );
  await place('a trailing stop', () =>
    exchange.createTrailingPercentOrder(SYMBOL, 'market', 'sell', 0.01, undefined, 5),
  );
  await ask('all open orders', () => exchange.fetchOpenOrders());
  await ask('a cancel of all', () => exchange.cancelAllOrders());

  const two = [0.01, 0.02].map((amount) => ({ symbol: SYMBOL, type: 'limit', side: 'buy', amount, price: 54_000 }));
  const pair = await ask('two orders at once', () => exchange.createOrders(two));
  await ask('a cancel of both', () => exchange.cancelOrders((pair ?? []).map(({ id }) => id ?? '')));
  await ask('closed orders', async () => (await exchange.fetchClosedOrders(SYMBOL)).toSorted(byTimeAndAmount));

  for (const [question, amount, price] of [
    ['more than there is', 100, 54_000],
    ['less than the least', 0.00001, 54_000],
    ['nothing', 0, 54_000],
    ['less than nothing', -1, 54_000],
    ['no price', 0.01, undefined],
  ] as const) {
    await ask(question, () => exchange.createOrder(SYMBOL, 'limit', 'buy', amount, price));
  }
  await ask('a side that is none', () => exchange.createOrder(SYMBOL, 'limit', 'boy', 0.01, 54_000));
  await ask('a type that is none', () => exchange.createOrder(SYMBOL, 'foo', 'buy', 0.01, 54_000));
  await ask('a market that is not there', () => exchange.createOrder('FOO/USD', 'limit', 'buy', 0.01, 54_000));
  const maker = { postOnly: true };
  await ask('an order to rest that would trade', () =>
    exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, 61_000, maker),
  );
  await ask('a market order to rest', () => exchange.createOrder(SYMBOL, 'market', 'buy', 0.01, undefined, maker));
  const nowOrNever = { postOnly: true, timeInForce: 'IOC' };
  await ask('now and not now', () => exchange.createOrder(SYMBOL, 'limit', 'buy', 0.01, 54_000, nowOrNever));
  await ask('leverage where none is', () =>
    exchange.createOrder(SYMBOL, 'limit', 'sell', 0.01, 70_000, { reduceOnly: true }),
  );

  const { id: last } = (await ask('the last order', () => exchange.createLimitBuyOrder(SYMBOL, 0.01, 54_000))) ?? {};
  await ask('a watched order', async () => (await exchange.watchOrders(SYMBOL)).find(({ id }) => id === last));
  await ask('a watched trade', async () => {
    let watched = exchange.watchMyTrades(SYMBOL);
    const { id } = await exchange.createMarketBuyOrder(SYMBOL, 0.01);
    for (;;) {
      const trade = (await watched).find(({ order }) => order === id);
      if (trade !== undefined) return trade;
      watched = exchange.watchMyTrades(SYMBOL);
    }
  });
  const bySocket = await ask('an order over a socket', () =>
    exchange.createOrderWs(SYMBOL, 'limit', 'buy', 0.01, 54_000),
  );
  const socketId = bySocket?.id ?? '';
  const edit = await ask('an edit over a socket', () =>
    exchange.editOrderWs(socketId, SYMBOL, 'limit', 'buy', 0.02, 54_000),
  );
  answers.set('whose id that was', { value: edit?.id === socketId });
  await ask('the order edited over a socket', () => exchange.fetchOrder(socketId, SYMBOL));
  await ask('a cancel over a socket', () => exchange.cancelOrderWs(socketId));
  await ask('the order cancelled over a socket', () => exchange.fetchOrder(socketId, SYMBOL));
  await ask('a cancel of a symbol over a socket', () => exchange.cancelOrderWs(socketId, SYMBOL));
  await ask('a cancel of all over a socket', () => exchange.cancelAllOrdersWs());
  await ask('what is left open', () => exchange.fetchOpenOrders());
  await ask('precisions', async () =>
    PRECISIONS.map((value) => [exchange.priceToPrecision(SYMBOL, value), exchange.amountToPrecision(SYMBOL, value)]),
  );
  return answers;
}

/** Orders of one message have one time. */
function byTimeAndAmount(one: Order, other: Order): number {
  return (one.timestamp ?? 0) - (other.timestamp ?? 0) || (one.amount ?? 0) - (other.amount ?? 0);
}

export const SYMBOL = 'BTC/USD';

/** Halves, ends of doubles, powers and text. */
const PRECISIONS = [
  123.45,
  123.449,
  0.15,
  0.25,
  60_000.05,
  1.005,
  0.123456789,
  99_999.95,
  1e-1,
  1e6,
  12_345.678_9,
  '7.77777777777',
  0.3 - 0.1,
];
