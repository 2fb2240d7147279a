import { KeyedRandom, lots, ticks } from '@kb/model';
import type { Lots, Side, Ticks } from '@kb/model';
import { SimError } from '../src/errors.ts';
import type { Matcher } from '../src/matching/matcher.ts';
import type { MatchTimeInForce, OrderExtras, SelfTradePrevention } from '../src/matching/order-extras.ts';

/** What a matcher, ours or the model, can be told. */
export type Orders = Pick<Matcher, 'limit' | 'market' | 'cancel' | 'amend' | 'affordable'>;

export type Command =
  | {
      readonly type: 'limit';
      readonly id: number;
      readonly side: Side;
      readonly price: Ticks;
      readonly size: Lots;
      readonly timeInForce: MatchTimeInForce;
      readonly postOnly: boolean;
      readonly extras: OrderExtras;
    }
  | {
      readonly type: 'market';
      readonly id: number;
      readonly side: Side;
      readonly size: Lots;
      readonly extras: OrderExtras;
    }
  | {
      /** Asks how much that money pays for; sends nothing. */
      readonly type: 'ask';
      readonly side: Side;
      readonly budget: bigint;
      readonly lotStep: Lots;
      readonly extras: OrderExtras;
    }
  | { readonly type: 'cancel'; readonly id: number }
  | {
      readonly type: 'amend';
      readonly id: number;
      readonly price: Ticks;
      readonly remaining: Lots;
      readonly postOnly: boolean;
      readonly display: Lots | undefined;
    };

/** Does it. @returns What came of it: the outcome, the answer, or the code of the refusal. */
export function send(orders: Orders, command: Command): string {
  try {
    switch (command.type) {
      case 'limit': {
        const { id, side, price, size, timeInForce, postOnly, extras } = command;
        return orders.limit(id, side, price, size, timeInForce, postOnly, extras);
      }
      case 'market':
        return orders.market(command.id, command.side, command.size, command.extras);
      case 'ask':
        return String(orders.affordable(command.side, command.budget, command.lotStep, command.extras));
      case 'cancel':
        return String(orders.cancel(command.id));
      case 'amend':
        return orders.amend(command.id, command.price, command.remaining, command.postOnly, command.display);
      default:
        return command satisfies never;
    }
  } catch (error) {
    if (error instanceof SimError) return error.code;
    throw error;
  }
}

/** An answer from [0, 1) to each question about each command; the same question gets the same answer. */
export type Draws = (index: number, question: number) => number;

export function seededDraws(seed: number): Draws {
  const random = new KeyedRandom(seed, 'matcher commands');
  return (index, question) => random.at(index, question);
}

/**
 * Command `index` of a lively small book: a few prices on each side, some of which cross, three owners, orders of a few lots with
 * some near 2^53 − 1, and now and then a mistake. Cancels and amends go to one of the latest twenty orders.
 */
export function commandAt(index: number, draws: Draws): Command {
  const draw = (question: number): number => draws(index, question);
  const id = index + 1;
  const earlier = Math.max(1, id - 1 - pick(draw(5), 20));
  const kind = draw(0);
  const side: Side = draw(1) < 0.5 ? 'buy' : 'sell';
  const size = drawSize(draw(4));
  if (kind < 0.25) return { type: 'cancel', id: earlier };
  if (kind < 0.42) {
    const price = priceAt(draw(8) < 0.6 ? earlier - 1 : index, draws);
    const display = draw(6) < 0.4 ? slicesOf(size, draw(7)) : undefined;
    return { type: 'amend', id: earlier, price, remaining: size, postOnly: draw(9) < 0.3, display };
  }
  // Keeps the book small: takes all that rests on a side.
  if (kind < 0.432) return { type: 'market', id, side, size: lots(Number.MAX_SAFE_INTEGER), extras: {} };
  const extras = drawExtras(size, draw);
  if (kind < 0.49) return { type: 'market', id, side, size, extras };
  if (kind < 0.51) {
    const budget = BigInt(Math.floor(draw(16) * 2 ** (draw(6) < 0.8 ? 9 : 53)) - 2);
    return { type: 'ask', side, budget, lotStep: lots(1 + pick(draw(7), 4)), extras };
  }
  const timeInForce = draw(16) < 0.7 ? 'gtc' : draw(16) < 0.85 ? 'ioc' : 'fok';
  // Few give an id that may rest already.
  const named = draw(6) < 0.005 ? earlier : id;
  const price = priceAt(index, draws);
  return { type: 'limit', id: named, side, price, size, timeInForce, postOnly: draw(8) < 0.15, extras };
}

/** Buys at 1 to 9, sells at 5 to 13; rarely a price that is none. */
function priceAt(index: number, draws: Draws): Ticks {
  if (draws(index, 3) > 0.998) return ticks(0);
  return ticks((draws(index, 1) < 0.5 ? 1 : 5) + pick(draws(index, 2), 9));
}

function drawExtras(size: Lots, draw: (question: number) => number): OrderExtras {
  const owner = draw(9) < 0.5 ? 0 : 1 + pick(draw(10), 3);
  const selfTrade = SELF_TRADE[pick(draw(11), SELF_TRADE.length)] ?? 'cancel_newest';
  return {
    ...(owner === 0 ? {} : { owner, selfTrade }),
    ...(draw(12) < 0.3 ? { display: slicesOf(size, draw(13)) } : {}),
    ...(owner !== 0 && draw(17) < 0.4 ? { guarded: true } : {}),
    ...(draw(14) < 0.6 ? { worstPrice: ticks(1 + pick(draw(15), 13)) } : {}),
  };
}

const SELF_TRADE: readonly SelfTradePrevention[] = ['cancel_newest', 'cancel_oldest', 'cancel_both'];

/** Mostly a few lots, one in sixty near the largest number, seldom none. */
function drawSize(u: number): Lots {
  if (u < 0.98) return lots(1 + pick(u / 0.98, 12));
  return lots(u < 0.995 ? Number.MAX_SAFE_INTEGER - Math.floor((u - 0.98) * 1e4) : 0);
}

/** A display size of one to about eight slices, or more than all; rarely none, or one that makes too many slices. */
function slicesOf(size: Lots, u: number): Lots {
  if (u < 0.99) return lots(Math.min(1 + Math.floor(size * (0.1 + u)), Number.MAX_SAFE_INTEGER));
  return lots(u < 0.995 ? Math.floor(size / 2_000) : 0);
}

function pick(u: number, count: number): number {
  return Math.floor(u * count);
}
