/**
 * Kraken's spellings of a pair: `BTC/USD` on WebSocket v2 and everywhere in kb, `XBT/USD` on WebSocket v1, `XBTUSD` (altname) and `XXBTZUSD`
 * (id) in REST. v2 renamed two assets; ids follow no rule (`XDGUSD`, but `XXDGXXBT`), so they are looked up in what `AssetPairs` says.
 */

/** Assets that v2 calls differently, by their older name. */
const RENAMED: readonly (readonly [v1: string, v2: string])[] = [
  ['XBT', 'BTC'],
  ['XDG', 'DOGE'],
];
const V2_BY_V1: ReadonlyMap<string, string> = new Map(RENAMED);
const V1_BY_V2: ReadonlyMap<string, string> = new Map(RENAMED.map(([v1, v2]) => [v2, v1]));

/** `XBT` as v2 calls it: `BTC`. Names that did not change, v2's own among them, stay. */
export function assetOfV1(asset: string): string {
  return V2_BY_V1.get(asset) ?? asset;
}

/** `XBT/USD` as v2 calls it: `BTC/USD`. */
export function symbolOfV1(pair: string): string {
  return pair.split('/').map(assetOfV1).join('/');
}

/** `BTC/USD` as WebSocket v1 calls it: `XBT/USD`. */
export function v1PairOf(symbol: string): string {
  return symbol
    .split('/')
    .map((asset) => V1_BY_V2.get(asset) ?? asset)
    .join('/');
}

/** What one pair is called. `AssetPair` of a REST answer is one. */
export interface PairNames {
  /** `BTC/USD` */
  readonly symbol: string;
  /** `XXBTZUSD` */
  readonly id: string;
  /** `XBTUSD` */
  readonly altname: string;
  /** `XBT/USD` */
  readonly wsname: string | undefined;
}

/**
 * Finds pairs by any spelling. Immutable. What it was not told of it translates as far as that is safe: names with a slash, by the two
 * renamed assets.
 */
export class SymbolNames {
  readonly #pairs: readonly PairNames[];
  readonly #byName = new Map<string, PairNames>();

  /**
   * @param pairs From `AssetPairs` answers. Of two pairs with one name the later counts, but a pair whose symbol is not that of its WebSocket
   *   name, which another one has then, goes by its id only.
   */
  constructor(pairs: Iterable<PairNames> = []) {
    this.#pairs = [...pairs];
    // Names that are spelled out come after, and so win over those that only leave the slash out (`BTCUSD`).
    for (const pair of this.#pairs) this.#byName.set(pair.symbol.replace('/', ''), pair);
    for (const pair of this.#pairs) for (const name of spellingsOf(pair)) this.#byName.set(name, pair);
  }

  /** How many pairs it was told of. */
  get size(): number {
    return this.#pairs.length;
  }

  /** The same and these. */
  with(pairs: Iterable<PairNames>): SymbolNames {
    const bySymbol = new Map([...this.#pairs, ...pairs].map((pair) => [pair.symbol, pair]));
    return new SymbolNames(bySymbol.values());
  }

  /** All names of a pair; `undefined` for one that it was not told of. */
  find(name: string): PairNames | undefined {
    return this.#byName.get(name);
  }

  /** The v2 symbol for any spelling; `undefined` for one that it cannot know. */
  symbolOf(name: string): string | undefined {
    return this.find(name)?.symbol ?? (WITH_SLASH.test(name) ? symbolOfV1(name) : undefined);
  }

  /**
   * What REST requests should call a pair: its id, or for one that it was not told of its altname, which REST takes as well (a name with a
   * slash may change the keys of the answer). `undefined` as for `symbolOf`.
   */
  requestNameOf(name: string): string | undefined {
    return this.find(name)?.id ?? (WITH_SLASH.test(name) ? v1PairOf(name).replace('/', '') : undefined);
  }
}

function spellingsOf({ symbol, id, altname, wsname }: PairNames): readonly string[] {
  if (wsname === undefined) return [altname, id, symbol];
  return symbolOfV1(wsname) === symbol ? [altname, id, wsname, symbol] : [id, symbol];
}

const WITH_SLASH = /^[A-Za-z0-9.]{1,32}\/[A-Za-z0-9.]{1,32}$/;
