import { ticks } from '@kb/model';
import type { OrderTrigger, PlaceIntent, PriceSpec } from '@kb/model';
import { Scene } from './scene.ts';

/** A scene with two levels a side, and prices of triggers in words. */

export const BIDS = [
  ['100.0', '5.0'],
  ['99.9', '8.0'],
] as const;
export const ASKS = [
  ['100.2', '5.0'],
  ['100.3', '8.0'],
] as const;

export function opened(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
  return new Scene(options).book(1_000, BIDS, ASKS);
}

export const at = (price: number): PriceSpec => ({ type: 'static', price: ticks(price * 10) });
export const percent = (text: string): PriceSpec => ({ type: 'percent', percent: text });
export const quote = (price: number): PriceSpec => ({ type: 'quote', offset: ticks(price * 10) });
export const trigger = (price: PriceSpec, reference: OrderTrigger['reference'] = 'last'): Partial<PlaceIntent> => ({
  trigger: { reference, price },
});
