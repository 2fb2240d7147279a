import type { TradeMessage, WireTrade } from '@kb/kraken';
import type { Micros, TradeEvent } from '@kb/model';
import type { EventOutlet } from '../core/event-outlet.ts';
import type { SymbolRegister } from '../core/symbol-register.ts';

/** Hands trades on one by one, in the order of their ids and without repeats, and counts what is missing. */
export class TradeTape {
  readonly #symbols: SymbolRegister;
  readonly #outlet: EventOutlet;

  constructor(symbols: SymbolRegister, outlet: EventOutlet) {
    this.#symbols = symbols;
    this.#outlet = outlet;
  }

  onTrades(message: TradeMessage, recvTs: Micros): void {
    const trades = message.snapshot ? inIdOrder(message.trades) : message.trades;
    for (const trade of trades) {
      const entry = this.#symbols.entryOf(trade.symbol, recvTs);
      if (entry === undefined) continue;
      const stats = entry.tradeStats;
      const last = entry.lastTradeId;
      const isAhead = last === undefined || trade.tradeId > last;
      // A repeat has the time that it had. One that is newer than the last trade is not one: the venue numbers anew.
      if (!isAhead && trade.venueTs <= entry.lastTradeTs) {
        stats.duplicates += 1;
        continue;
      }
      if (last !== undefined && trade.tradeId !== last + 1) {
        stats.gaps += 1;
        if (isAhead) stats.missing += trade.tradeId - last - 1;
      }
      stats.trades += 1;
      entry.lastTradeId = trade.tradeId;
      entry.lastTradeTs = trade.venueTs;
      this.#outlet.clock.note(trade.venueTs, recvTs);
      const event: TradeEvent = {
        type: 'trade',
        seq: this.#outlet.nextSeq(),
        venueTs: trade.venueTs,
        recvTs,
        symbol: entry.symbol,
        tradeId: trade.tradeId,
        price: trade.price,
        size: trade.size,
        taker: trade.side,
        historical: message.snapshot,
      };
      entry.lastTrade = event;
      this.#outlet.emit(event);
    }
  }
}

/** The order of trades in a snapshot is not documented; sweeps and candles need the oldest first. */
function inIdOrder(trades: readonly WireTrade[]): readonly WireTrade[] {
  return trades.toSorted((a, b) => a.tradeId - b.tradeId);
}
