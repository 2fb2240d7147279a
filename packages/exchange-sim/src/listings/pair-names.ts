import { SimError } from '../errors.ts';
import type { Asset, Listing } from './listing.ts';

/**
 * The names that requests may call a pair by: v2 symbol with and without the slash, WebSocket v1 name, altname, id.
 * `BTC/USD` `BTCUSD` `XBT/USD` `XBTUSD` `XXBTZUSD`.
 */
export function pairNames(listing: Listing): readonly string[] {
  const { symbol, base, quote } = listing.instrument;
  return [symbol, listing.wsname, listing.altname, listing.pairId, `${base}${quote}`];
}

/** The names that requests may call a currency by: `BTC` `XBT` `XXBT`. */
export function assetNames(asset: Asset): readonly string[] {
  return [asset.id, asset.altname, asset.legacyId];
}

/**
 * Finds things by any of their names. Letter case does not matter where only one thing can be meant (UNCONFIRMED for Kraken; old
 * clients send `xbtusd`); a name as it is written always comes first.
 */
export class NameIndex<Value> {
  readonly #exact = new Map<string, Value>();
  readonly #upper = new Map<string, Value>();
  readonly #unclear = new Set<string>();

  /** @throws SimError `KB_SIM_BAD_OPTION` for a name that something else has. */
  add(names: Iterable<string>, value: Value): void {
    for (const name of names) {
      const other = this.#exact.get(name);
      if (other !== undefined && other !== value) {
        throw new SimError('KB_SIM_BAD_OPTION', `Two things are called ${JSON.stringify(name)}`);
      }
      this.#exact.set(name, value);
      const upper = name.toUpperCase();
      const alike = this.#upper.get(upper);
      if (alike !== undefined && alike !== value) this.#unclear.add(upper);
      this.#upper.set(upper, value);
    }
  }

  find(name: string): Value | undefined {
    const exact = this.#exact.get(name);
    if (exact !== undefined) return exact;
    const upper = name.toUpperCase();
    return this.#unclear.has(upper) ? undefined : this.#upper.get(upper);
  }
}
