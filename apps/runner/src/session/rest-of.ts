import type { KrakenRestOptions } from '@kb/kraken';

/** How to reach the REST interface of an exchange; `undefined` where none is known, and nothing is asked. */
export type RestSource = Omit<KrakenRestOptions, 'scheduler' | 'seed'> | undefined;

/** Kraken's WebSockets have Kraken's REST beside them; what stands beside another address nobody knows. */
export function restOf(url: string): RestSource {
  return new URL(url).hostname === 'ws.kraken.com' ? {} : undefined;
}
