import type { InstrumentStatus, OrderType, SelfTradePrevention, Side, SystemStatus, TimeInForce } from '@kb/model';

/** What an order asks for, in decimal text, as one would say it. */
export interface OrderText {
  readonly side: Side;
  readonly size: string;
  readonly price?: string;
  /** `limit` with a price, `market` without one, when left out. */
  readonly type?: OrderType;
  readonly timeInForce?: TimeInForce;
  /** Milliseconds from the start. */
  readonly expiresAt?: number;
  readonly postOnly?: boolean;
  readonly reduceOnly?: boolean;
  /** Funded on margin, with the pair's highest leverage. */
  readonly margin?: boolean;
  readonly display?: string;
  readonly trigger?: TriggerText;
  readonly limitOffset?: OffsetText;
  readonly selfTrade?: SelfTradePrevention;
  readonly close?: CloseText;
  /** Known to the exchange by a number, not by our id: it takes none for what will be edited. */
  readonly tagged?: boolean;
}

export interface CloseText {
  readonly type: Exclude<OrderType, 'market' | 'iceberg' | 'settle-position'>;
  readonly price?: string;
  readonly trigger?: TriggerText;
}

export type OffsetText =
  | { readonly percent: string; readonly offset?: never }
  | { readonly offset: string; readonly percent?: never };

/** A price, or a distance from the reference price. */
export type TriggerText = string | OffsetText;

export interface AmendText {
  readonly price?: string;
  readonly size?: string;
  readonly display?: string;
  readonly trigger?: TriggerText;
}

/** What we send, at the time at which it arrives at the venue. */
export type Command =
  | { readonly type: 'place'; readonly id: string; readonly order: OrderText }
  | { readonly type: 'amend'; readonly id: string; readonly change: AmendText }
  | { readonly type: 'edit'; readonly id: string; readonly newId: string; readonly change: AmendText }
  | { readonly type: 'cancel'; readonly id: string };

/** What everybody else does, and what becomes of the venue. */
export type MarketAction =
  | { readonly type: 'rests'; readonly name: string; readonly order: OrderText }
  | { readonly type: 'takes'; readonly order: OrderText }
  | { readonly type: 'leaves'; readonly name: string }
  | { readonly type: 'pair'; readonly status: InstrumentStatus }
  | { readonly type: 'system'; readonly status: SystemStatus }
  | { readonly type: 'precision'; readonly price: number; readonly size: number };

/** One line of a case; `at` in milliseconds from the start. */
export type Step = { readonly at: number } & (
  | { readonly who: 'us'; readonly commands: readonly Command[]; readonly isBatch: boolean }
  | { readonly who: 'us-timer'; readonly seconds: number }
  | { readonly who: 'market'; readonly action: MarketAction }
  /** Public frames that our feed never gets, until then. */
  | { readonly who: 'line'; readonly until: number }
);

export function place(at: number, id: string, text: string, more: Partial<OrderText> = {}): Step {
  return us(at, { type: 'place', id, order: { ...orderOf(text), ...more } });
}

export function amend(at: number, id: string, change: AmendText): Step {
  return us(at, { type: 'amend', id, change });
}

export function edit(at: number, id: string, newId: string, change: AmendText): Step {
  return us(at, { type: 'edit', id, newId, change });
}

export function cancel(at: number, id: string): Step {
  return us(at, { type: 'cancel', id });
}

/** Orders or cancels in one message. */
export function batch(at: number, ...steps: readonly Step[]): Step {
  return { at, who: 'us', isBatch: true, commands: steps.flatMap((step) => (step.who === 'us' ? step.commands : [])) };
}

/** The dead man's switch; zero disarms it. */
export function cancelAllAfter(at: number, seconds: number): Step {
  return { at, who: 'us-timer', seconds };
}

/** A stranger's order: `buy 2 @ 100.0`. */
export function rests(at: number, text: string, name: string = text): Step {
  return market(at, { type: 'rests', name, order: orderOf(text) });
}

/** A stranger takes what there is, up to the limit if there is one. */
export function takes(at: number, text: string): Step {
  return market(at, { type: 'takes', order: orderOf(text) });
}

/** A stranger cancels. */
export function leaves(at: number, name: string): Step {
  return market(at, { type: 'leaves', name });
}

export function pairIs(at: number, status: InstrumentStatus): Step {
  return market(at, { type: 'pair', status });
}

export function systemIs(at: number, status: SystemStatus): Step {
  return market(at, { type: 'system', status });
}

export function precisionIs(at: number, price: number, size: number): Step {
  return market(at, { type: 'precision', price, size });
}

/** Our feed loses all that is published in between. */
export function gap(at: number, until: number): Step {
  return { at, who: 'line', until };
}

function us(at: number, command: Command): Step {
  return { at, who: 'us', commands: [command], isBatch: false };
}

function market(at: number, action: MarketAction): Step {
  return { at, who: 'market', action };
}

function orderOf(text: string): OrderText {
  const [, side, size, price] = /^(buy|sell) (\S+)(?: @ (\S+))?$/.exec(text) ?? [];
  if ((side !== 'buy' && side !== 'sell') || size === undefined) throw new Error(`No order: ${text}`);
  return price === undefined ? { side, size } : { side, size, price };
}

export function typeOf({ type, price }: OrderText): OrderType {
  return type ?? (price === undefined ? 'market' : 'limit');
}
