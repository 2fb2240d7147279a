import type { TradeMessage, WireTrade } from '@kb/kraken';
import type { Micros, TradeEvent } from '@kb/model';
import type { RecoveredTrade, TradesInput } from '../core/feed-input.ts';
import type { EventOutlet } from '../core/event-outlet.ts';
import type { SymbolRegister } from '../core/symbol-register.ts';
import type { SymbolState } from './symbol-state.ts';
import type { TapeGap } from './tape-gaps.ts';

/**
 * Hands trades on one by one, in the order of their ids and without repeats, and finds what is missing. What a gap left out
 * and is told later is handed on then, as historical.
 */
export class TradeTape {
  readonly #symbols: SymbolRegister;
  readonly #outlet: EventOutlet;
  readonly #onGap: (symbol: string, gap: TapeGap) => void;

  constructor(symbols: SymbolRegister, outlet: EventOutlet, onGap: (symbol: string, gap: TapeGap) => void) {
    this.#symbols = symbols;
    this.#outlet = outlet;
    this.#onGap = onGap;
  }

  onTrades(message: TradeMessage, recvTs: Micros): void {
    const trades = message.snapshot ? inIdOrder(message.trades) : message.trades;
    for (const trade of trades) {
      const entry = this.#symbols.entryOf(trade.symbol, recvTs);
      if (entry !== undefined) this.#onTrade(entry, trade, message.snapshot, recvTs);
    }
  }

  /** Trades that the stream left out, told by another way. */
  onRecovered({ symbol, trades, from, to, recvTs }: TradesInput): void {
    const entry = this.#symbols.known(symbol);
    if (entry === undefined) return;
    const { history, tradeStats: stats } = entry;
    for (const trade of trades) {
      if (history.gaps.holding(trade.tradeId) === undefined) {
        stats.duplicates += 1;
        continue;
      }
      stats.recovered += 1;
      history.addToCandles(trade);
      const event = this.#eventOf(entry, trade, recvTs, true);
      history.insertTrade(event);
      this.#outlet.emit(event);
    }
    history.gaps.fill(from, to, trades[0]?.tradeId, trades.at(-1)?.tradeId);
    history.recheck(from);
  }

  /** The connection is away: what trades from here on may be missed. */
  onAway(entry: SymbolState): void {
    if (entry.lastTradeId !== undefined) entry.history.gaps.away(entry.lastTradeTs);
  }

  #onTrade(entry: SymbolState, trade: WireTrade, historical: boolean, recvTs: Micros): void {
    const stats = entry.tradeStats;
    const { history } = entry;
    const last = entry.lastTradeId;
    const wasAway = history.gaps.back();
    const isAhead = last === undefined || trade.tradeId > last;
    // A repeat has the time that it had. One that is newer than the last trade is not one: the venue numbers anew.
    if (!isAhead && trade.venueTs <= entry.lastTradeTs) {
      stats.duplicates += 1;
      if (wasAway !== undefined) history.recheck(wasAway);
      return;
    }
    if (last !== undefined && trade.tradeId !== last + 1) {
      stats.gaps += 1;
      if (isAhead) stats.missing += trade.tradeId - last - 1;
    }
    const gap = gapBefore(entry, trade);
    if (gap !== undefined) history.addGap(gap);
    stats.trades += 1;
    entry.lastTradeId = trade.tradeId;
    entry.lastTradeTs = trade.venueTs;
    this.#outlet.clock.note(trade.venueTs, recvTs);
    // Candles first: what closes is told before the trade that closes it.
    history.addToCandles(trade);
    if (wasAway !== undefined && gap === undefined) history.recheck(wasAway);
    const event = this.#eventOf(entry, { ...trade, taker: trade.side }, recvTs, historical);
    entry.lastTrade = event;
    history.trades.push(event);
    this.#outlet.emit(event);
    if (gap !== undefined) this.#onGap(entry.symbol, gap);
  }

  #eventOf(entry: SymbolState, trade: RecoveredTrade, recvTs: Micros, historical: boolean): TradeEvent {
    return {
      type: 'trade',
      seq: this.#outlet.nextSeq(),
      venueTs: trade.venueTs,
      recvTs,
      symbol: entry.symbol,
      tradeId: trade.tradeId,
      price: trade.price,
      size: trade.size,
      taker: trade.taker,
      historical,
    };
  }
}

/** What lies between the last trade and this one, if anything may. */
function gapBefore(entry: SymbolState, trade: WireTrade): TapeGap | undefined {
  const { lastTradeId: last, lastTradeTs } = entry;
  const { tradeId, venueTs } = trade;
  if (last === undefined) return { from: undefined, to: venueTs, afterId: undefined, beforeId: tradeId };
  if (tradeId === last + 1) return undefined;
  return { from: lastTradeTs, to: venueTs, afterId: tradeId > last ? last : undefined, beforeId: tradeId };
}

/** The order of trades in a snapshot is not documented; sweeps and candles need the oldest first. */
function inIdOrder(trades: readonly WireTrade[]): readonly WireTrade[] {
  return trades.toSorted((a, b) => a.tradeId - b.tradeId);
}
