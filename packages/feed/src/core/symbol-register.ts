import type { FeedState, Instrument, Micros } from '@kb/model';
import type { EventOutlet } from './event-outlet.ts';
import type { MarketState } from '../market/market-state.ts';
import type { SymbolState } from '../market/symbol-state.ts';

/** Most symbols that are followed where every one is taken: as many as the decoder remembers. Kraken lists about 1,500. */
const MAX_SYMBOLS = 16_384;

/** Decides which symbols a core follows: those it was given, or, with none given, every one that turns up. */
export class SymbolRegister {
  readonly #state: MarketState;
  readonly #outlet: EventOutlet;
  readonly #takesAll: boolean;
  /** Every pair heard of, where every symbol is taken: one may turn up after its instrument did. */
  readonly #instruments = new Map<string, Instrument>();
  /** State of the connection, which is where a symbol that turns up begins. */
  #connection: FeedState = 'connecting';

  /** @param symbols `undefined` takes all. */
  constructor(state: MarketState, outlet: EventOutlet, symbols: readonly string[] | undefined) {
    this.#state = state;
    this.#outlet = outlet;
    this.#takesAll = symbols === undefined;
    for (const symbol of symbols ?? []) {
      if (state.get(symbol) === undefined) state.add(symbol, this.#connection);
    }
  }

  /** The symbol if it is followed already. */
  known(symbol: string): SymbolState | undefined {
    return this.#state.get(symbol);
  }

  /** The symbol if it is followed, from now on where every one is. */
  entryOf(symbol: string, recvTs: Micros): SymbolState | undefined {
    const entry = this.#state.get(symbol);
    if (entry !== undefined || !this.#takesAll || this.#state.symbols.length >= MAX_SYMBOLS) return entry;
    const added = this.#state.add(symbol, this.#connection);
    const instrument = this.#instruments.get(symbol);
    if (instrument !== undefined) {
      added.instrument = instrument;
      this.#outlet.emitInstrument(instrument, recvTs);
    }
    return added;
  }

  all(): IterableIterator<SymbolState> {
    return this.#state.all();
  }

  /** Keeps the rules of a pair for the day that it turns up. @returns The symbol if it is followed already. */
  noteInstrument(instrument: Instrument): SymbolState | undefined {
    if (this.#takesAll) this.#instruments.set(instrument.symbol, instrument);
    return this.#state.get(instrument.symbol);
  }

  /** True while what comes is too old to be used. */
  get isStale(): boolean {
    return this.#connection === 'stale';
  }

  /** Moves the connection, and with it every symbol; one that was given up is no more usable while the connection is stale. */
  setConnection(state: FeedState): void {
    this.#connection = state;
    for (const entry of this.#state.all()) {
      entry.doubt = undefined;
      if (state !== 'stale' || entry.state !== 'broken') entry.state = state;
    }
  }
}
