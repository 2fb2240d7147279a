import type { FrameDecoder, TradeMessage, WireTrade } from '@kb/kraken';
import { micros } from '@kb/model';
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
  readonly #decoder: Pick<FrameDecoder, 'inventsTradeIds'>;
  readonly #onGap: (symbol: string, gap: TapeGap) => void;

  /** @param decoder Says whether it invents ids. Such show no gap: after a time away, whatever traded in it counts as missing. */
  constructor(
    symbols: SymbolRegister,
    outlet: EventOutlet,
    decoder: Pick<FrameDecoder, 'inventsTradeIds'>,
    onGap: (symbol: string, gap: TapeGap) => void,
  ) {
    this.#symbols = symbols;
    this.#outlet = outlet;
    this.#decoder = decoder;
    this.#onGap = onGap;
  }

  onTrades(message: TradeMessage, recvTs: Micros): void {
    const { snapshot } = message;
    const trades = snapshot ? inIdOrder(message.trades) : message.trades;
    for (const trade of trades) {
      const entry = this.#symbols.entryOf(trade.symbol, recvTs);
      if (entry !== undefined) this.#onTrade(entry, trade, snapshot, recvTs);
    }
    // Only after all of them: what came while the connection was away may follow in the same message.
    for (const { symbol } of trades) this.#symbols.known(symbol)?.history.back();
  }

  /** Trades that the stream left out, told by another way. */
  onRecovered({ symbol, trades, from, to, recvTs }: TradesInput): void {
    const entry = this.#symbols.known(symbol);
    if (entry === undefined) return;
    const { history } = entry;
    let earliest = from;
    for (const trade of trades) {
      const since = this.#recover(entry, trade, recvTs);
      if (since === undefined) entry.tradeStats.duplicates += 1;
      else earliest = micros(Math.min(earliest, since));
    }
    history.gaps.fill(from, to, trades[0]?.tradeId, trades.at(-1)?.tradeId);
    history.recheck(earliest);
    history.tell();
  }

  /** The connection is away: what trades from here on may be missed. */
  onAway(entry: SymbolState, recvTs: Micros): void {
    if (entry.lastTradeId === undefined) return;
    // What closed before the last sign of the venue stands, until the ids of later trades say otherwise.
    entry.history.away(micros(Math.max(entry.lastTradeTs, this.#outlet.clock.at(recvTs))));
  }

  #onTrade(entry: SymbolState, wire: WireTrade, historical: boolean, recvTs: Micros): void {
    const stats = entry.tradeStats;
    const { history } = entry;
    const last = entry.lastTradeId;
    const venueTs = this.#outlet.clock.note(wire.venueTs, recvTs, historical);
    const trade = { ...wire, venueTs, taker: wire.side };
    const isAhead = last === undefined || trade.tradeId > last;
    // A repeat has the time that it had, or is one that we kept, told by a venue whose clock was set. Else the venue numbers anew.
    if (!isAhead && (venueTs <= entry.lastTradeTs || isKept(entry, trade))) {
      const since = this.#recover(entry, trade, recvTs);
      if (since === undefined) stats.duplicates += 1;
      else history.recheck(since);
      history.tell();
      return;
    }
    if (last !== undefined && trade.tradeId !== last + 1) {
      stats.gaps += 1;
      if (isAhead) stats.missing += trade.tradeId - last - 1;
    }
    const gap = gapBefore(entry, trade) ?? this.#absenceBefore(entry, trade);
    if (gap !== undefined) history.addGap(gap);
    stats.trades += 1;
    entry.lastTradeId = trade.tradeId;
    entry.lastTradeTs = micros(Math.max(venueTs, entry.lastTradeTs));
    // Candles first: what closes is told before the trade that closes it.
    history.addToCandles(trade);
    history.tell();
    const event = this.#eventOf(entry, trade, recvTs, historical);
    entry.lastTrade = event;
    history.trades.push(event);
    this.#outlet.emit(event);
    if (gap !== undefined) this.#onGap(entry.symbol, gap);
  }

  /** What was missed while the connection was away, where ids do not tell: nobody knows how much. The absence ends with it. */
  #absenceBefore({ history, lastTradeId }: SymbolState, { tradeId, venueTs }: RecoveredTrade): TapeGap | undefined {
    const from = this.#decoder.inventsTradeIds === true ? history.gaps.back() : undefined;
    if (from === undefined) return undefined;
    return { from, to: micros(Math.max(from, venueTs)), afterId: lastTradeId, beforeId: tradeId };
  }

  /**
   * Hands a trade on if it was missing. The candles that it changes are still to be told.
   * @returns From when on more is known; `undefined` when it was not missing.
   */
  #recover(entry: SymbolState, trade: RecoveredTrade, recvTs: Micros): Micros | undefined {
    const { history } = entry;
    const gap = history.gaps.holding(trade.tradeId);
    if (gap === undefined) return undefined;
    history.gaps.know(trade.tradeId, trade.venueTs);
    entry.tradeStats.recovered += 1;
    history.addToCandles(trade);
    const event = this.#eventOf(entry, trade, recvTs, true);
    history.insertTrade(event);
    this.#outlet.emit(event);
    return micros(Math.min(gap.from ?? trade.venueTs, trade.venueTs));
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

function isKept({ history }: SymbolState, { tradeId, price, size, taker }: RecoveredTrade): boolean {
  for (let index = -1; ; index -= 1) {
    const kept = history.trades.at(index);
    if (kept === undefined) return false;
    if (kept.tradeId === tradeId) return kept.price === price && kept.size === size && kept.taker === taker;
  }
}

/** What lies between the last trade and this one, if anything may. */
function gapBefore(entry: SymbolState, trade: RecoveredTrade): TapeGap | undefined {
  const { lastTradeId: last, lastTradeTs } = entry;
  const { tradeId, venueTs } = trade;
  if (last === undefined || !entry.history.gaps.begun) {
    return { from: undefined, to: venueTs, afterId: undefined, beforeId: tradeId };
  }
  if (tradeId === last + 1) return undefined;
  return { from: lastTradeTs, to: venueTs, afterId: tradeId > last ? last : undefined, beforeId: tradeId };
}

/** The order of trades in a snapshot is not documented; sweeps and candles need the oldest first. */
function inIdOrder(trades: readonly WireTrade[]): readonly WireTrade[] {
  return trades.toSorted((a, b) => a.tradeId - b.tradeId);
}
