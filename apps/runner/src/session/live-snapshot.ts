import type { PaperSession } from '@kb/engine';
import type { BookStats } from '@kb/feed';
import { countToDecimal, lotsToQty, ticksToPrice } from '@kb/model';
import type { BookView, MarketView, Micros, Side } from '@kb/model';
import { mid, spread } from '@kb/orderbook';
import { orderLatencyText } from './latency-text.ts';
import type { LevelText, LiveSnapshot, ModeLabel } from '../terminal-view.ts';

/** What the view shows of a session now; `undefined` until the pair's rules are known. */
export function liveSnapshot(
  mode: ModeLabel,
  symbol: string,
  elapsed: Micros,
  session: PaperSession,
  market: MarketView,
  stats: BookStats,
): LiveSnapshot | undefined {
  const instrument = market.instrument(symbol);
  if (instrument === undefined) return undefined;
  const book = market.book(symbol);
  const { equity, fills, latency, pnl, position } = session.summary();
  const orders = session.engine?.orders.ofSymbol(symbol) ?? [];
  return {
    mode,
    elapsed,
    symbol,
    base: instrument.base,
    quote: instrument.quote,
    feed: market.state(symbol),
    checksumOk: stats.checksumOk,
    checksumFailed: stats.checksumFailed,
    bid: book === undefined ? undefined : best(book, 'buy'),
    ask: book === undefined ? undefined : best(book, 'sell'),
    spreadBps: book === undefined ? undefined : spreadBps(book),
    quotes: orders.flatMap(({ side, price, size, filled }) =>
      price === undefined
        ? []
        : [
            {
              side,
              price: ticksToPrice(instrument, price),
              size: countToDecimal(size - filled, instrument.qtyPrecision),
            },
          ],
    ),
    position: countToDecimal(position[symbol] ?? 0, instrument.qtyPrecision),
    equity,
    pnl,
    fees: pnl?.fees ?? '0',
    fills: fills.total,
    latency: `${latency.name} (${orderLatencyText(latency)})`,
  };
}

function best(book: BookView, side: Side): LevelText | undefined {
  const price = book.priceAt(side, 0);
  const size = book.sizeAt(side, 0);
  if (price === undefined || size === undefined) return undefined;
  return { price: ticksToPrice(book, price), size: lotsToQty(book, size) };
}

function spreadBps(book: BookView): number | undefined {
  const width = spread(book);
  const middle = mid(book);
  return width === undefined || middle === undefined ? undefined : (width / middle) * 10_000;
}
