import type { OrderRequest, OrderType, PriceSpec, Side, Ticks } from '@kb/model';
import { ORDER_KINDS } from './order-kinds.ts';
import { distanceOf, priceAt, resolvePrice } from './price-offset.ts';
import type { Distance } from './price-offset.ts';

/**
 * What a parked order waits for. A stop fires when the reference price turns against it (a sell at its price or below, a buy at
 * it or above), a take-profit the other way round; a trailing stop follows the best price since its arrival at its distance.
 */
export class Trigger {
  readonly reference: 'last' | 'index';
  /** Fires at its price or below; otherwise at it or above. */
  readonly firesBelow: boolean;
  price: Ticks;
  /** As it was told, last. */
  spec: PriceSpec;
  readonly #tickSize: number;
  /** How far a trailing stop stays from the extreme, signed. */
  #distance: Distance | undefined;
  /** The best reference price since arrival. */
  #extreme: Ticks | undefined;

  private constructor(
    reference: 'last' | 'index',
    firesBelow: boolean,
    price: Ticks,
    spec: PriceSpec,
    tickSize: number,
    distance: Distance | undefined,
    extreme: Ticks | undefined,
  ) {
    this.reference = reference;
    this.firesBelow = firesBelow;
    this.price = price;
    this.spec = spec;
    this.#tickSize = tickSize;
    this.#distance = distance;
    this.#extreme = extreme;
  }

  /**
   * The trigger of an order that arrives while the reference price is `seen`.
   * @returns `undefined` for a relative or trailing one where there is no such price, or none lies that far from it.
   */
  static of(request: TriggeredRequest, seen: Ticks | undefined, tickSize: number): Trigger | undefined {
    const { orderType, side, trigger } = request;
    if (trigger === undefined) return undefined;
    const { reference, price: spec } = trigger;
    const firesBelow = firesBelowOf(orderType, side);
    if (ORDER_KINDS[orderType].trigger !== 'trail') {
      const price = resolvePrice(spec, seen, tickSize);
      return price === undefined
        ? undefined
        : new Trigger(reference, firesBelow, price, spec, tickSize, undefined, undefined);
    }
    const distance = trailOf(spec, side);
    if (distance === undefined || seen === undefined) return undefined;
    const price = priceAt(distance, seen, tickSize);
    return price === undefined ? undefined : new Trigger(reference, firesBelow, price, spec, tickSize, distance, seen);
  }

  get trails(): boolean {
    return this.#distance !== undefined;
  }

  /** The reference price is now this. @returns Whether the trigger is reached. */
  see(price: Ticks): boolean {
    this.#follow(price);
    return this.firesBelow ? price <= this.price : price >= this.price;
  }

  /** The price that it would wait for if it was told so now; a trailing stop keeps its extreme. @returns `undefined` where that is none. */
  priceFor(spec: PriceSpec, seen: Ticks | undefined, side: Side): Ticks | undefined {
    if (this.#distance === undefined) return resolvePrice(spec, seen, this.#tickSize);
    const distance = trailOf(spec, side);
    const extreme = this.#extreme ?? seen;
    return distance === undefined || extreme === undefined ? undefined : priceAt(distance, extreme, this.#tickSize);
  }

  /** Waits for another price from now on. @param price As `priceFor` has it. */
  amend(spec: PriceSpec, price: Ticks, side: Side): void {
    this.spec = spec;
    this.price = price;
    if (this.#distance !== undefined) this.#distance = trailOf(spec, side);
  }

  #follow(price: Ticks): void {
    const distance = this.#distance;
    if (distance === undefined) return;
    const extreme = this.#extreme;
    if (extreme !== undefined && (this.firesBelow ? price <= extreme : price >= extreme)) return;
    this.#extreme = price;
    this.price = priceAt(distance, price, this.#tickSize) ?? this.price;
  }
}

export type TriggeredRequest = Pick<OrderRequest, 'orderType' | 'side' | 'trigger'>;

function firesBelowOf(orderType: OrderType, side: Side): boolean {
  return (ORDER_KINDS[orderType].trigger === 'take') === (side === 'buy');
}

/** Below the extreme for a sell, above it for a buy. */
function trailOf(spec: PriceSpec, side: Side): Distance | undefined {
  const distance = spec.type === 'static' ? undefined : distanceOf(spec);
  if (distance === undefined || distance.count <= 0n) return undefined;
  return side === 'buy' ? distance : { unit: distance.unit, count: -distance.count };
}
