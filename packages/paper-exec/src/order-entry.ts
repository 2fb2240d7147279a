import { assertNever, lots, micros } from '@kb/model';
import type { CancelIntent, CountedCommand, Instrument, Micros, PlaceIntent } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { OrderRate } from './account/order-rate.ts';
import { checkCost, checkExpiry, checkOrder, invalid } from './checks.ts';
import type { CheckContext, Refusal } from './checks.ts';
import type { EditCommand, PaperCommand } from './commands.ts';
import type { Dispatch } from './latency/command-path.ts';
import type { Lane } from './matching/lane.ts';
import type { PaperOrder } from './matching/paper-order.ts';
import { isMarketable, walk } from './matching/taking.ts';
import type { OrderBatch } from './order-batch.ts';
import { amend } from './orders/amend.ts';
import { closeOf } from './orders/close-order.ts';
import { isReducing } from './orders/order-floor.ts';
import type { CloseToPlace, OrderFloor } from './orders/order-floor.ts';
import { Trigger } from './orders/trigger.ts';
import { frozen, noPosition, noReference, unavailable, unknownOrder, unknownSymbol, wouldTake } from './refusals.ts';

export interface OrderEntryOptions {
  readonly rate: OrderRate;
  readonly priceBand: Decimal | undefined;
}

/** The venue's counter: checks and carries out commands that have arrived. What is accepted goes to the floor. */
export class OrderEntry {
  readonly options: OrderEntryOptions;
  readonly floor: OrderFloor;

  constructor(options: OrderEntryOptions, floor: OrderFloor) {
    this.options = options;
    this.floor = floor;
  }

  /** @param message What it came in. */
  execute(command: PaperCommand, at: Micros, lane: Lane, { kind, batch }: Pick<Dispatch, 'kind' | 'batch'>): void {
    const isBatched = kind === 'batch';
    this.floor.options.account.fees.advance(at);
    switch (command.type) {
      case 'place':
        if (batch !== undefined && this.#refuseWith(batch, command, at, lane)) return;
        this.#placeAsked(command, at, lane, isBatched ? 'batch-add' : 'add');
        return;
      case 'amend':
        amend(this, command, at, lane);
        return;
      case 'cancel':
        this.#cancel(command, at, lane, isBatched);
        return;
      case 'edit':
        this.#edit(command, at, lane);
        return;
      default:
        assertNever(command);
    }
  }

  /** @param placedBy Client order id of the order whose fill would have placed it. */
  refuse(command: PaperCommand, at: Micros, { reason, text }: Refusal, placedBy?: string): void {
    const { clientOrderId, symbol } = command;
    const isNew = command.type === 'place' || command.type === 'edit';
    const id = command.type === 'edit' ? command.newClientOrderId : clientOrderId;
    const venueOrderId = isNew ? undefined : this.floor.list.find(clientOrderId)?.venueOrderId;
    const answer = { symbol, venueTs: at, clientOrderId: id, venueOrderId, reason, text };
    const origin = placedBy === undefined ? {} : { placedBy };
    if (isNew) this.floor.options.report({ type: 'rejected', ...answer, ...origin });
    else if (command.type === 'amend') this.floor.options.report({ type: 'amend-rejected', ...answer });
    else this.floor.options.report({ type: 'cancel-rejected', ...answer });
  }

  /** What follows from own fills: closing orders are placed, reducing ones follow the position. */
  followUp(lane: Lane): void {
    const { floor } = this;
    for (const close of floor.takeCloses()) this.#placeClose(close);
    floor.followPositions(lane.matcher.clock);
  }

  /** The venue places it at once; here it waits for a book. */
  #placeClose({ parent, size, count }: CloseToPlace): void {
    const { clientOrderId, lane, request } = parent;
    const intent = closeOf(request, size, count);
    if (intent === undefined) return;
    const place = (at: Micros): unknown => this.#place(intent, at, lane, clientOrderId, admit);
    if (lane.hasBook) place(lane.matcher.clock);
    else lane.releases.add(lane.matcher.clock, place);
  }

  /** What an order is judged by. */
  contextOf(instrument: Instrument, lane: Lane): CheckContext {
    return { instrument, system: lane.system, last: lane.parked.last, priceBand: this.options.priceBand };
  }

  /** @returns Whether the order is refused for what is wrong with one of its batch. */
  #refuseWith(batch: OrderBatch, command: PlaceIntent, at: Micros, lane: Lane): boolean {
    const refusal = batch.refusal((order) => {
      const { instrument } = lane;
      if (instrument === undefined) return unknownSymbol(order.symbol);
      return this.#refusalOf(order, at, instrument, lane, triggerOf(order, lane, instrument), false);
    });
    if (refusal === undefined) return false;
    this.options.rate.countRefused(command.symbol, 'batch-add', refusal, at);
    this.refuse(command, at, refusal);
    return true;
  }

  /** Places what was asked for, and counts that it was. */
  #placeAsked(asked: PlaceIntent, at: Micros, lane: Lane, command: CountedCommand, replaced?: PaperOrder): void {
    const { rate } = this.options;
    const age = replaced === undefined ? NO_AGE : micros(at - replaced.changedAt);
    const refuseRate = (): Refusal | undefined => rate.refusalOf(asked.symbol, command, age, at);
    const refusal = this.#place(asked, at, lane, undefined, refuseRate, replaced?.clientOrderId);
    if (refusal === undefined) rate.count(asked.symbol, command, age, at);
    else rate.countRefused(asked.symbol, command, refusal, at);
  }

  /**
   * @param placedBy Client order id of the order whose fill places it.
   * @param refuseRate Why the order is refused for how much was ordered.
   * @returns Why it was refused.
   */
  #place(
    asked: PlaceIntent,
    at: Micros,
    lane: Lane,
    placedBy: string | undefined,
    refuseRate: () => Refusal | undefined,
    replaces?: string,
  ): Refusal | undefined {
    const { instrument } = lane;
    if (instrument === undefined) {
      const unknown = unknownSymbol(asked.symbol);
      this.refuse(asked, at, unknown, placedBy);
      return unknown;
    }
    const room = this.floor.roomFor(asked.symbol, asked.side);
    const settles = asked.orderType === 'settle-position' && room > 0;
    const intent = settles ? { ...asked, size: lots(Math.min(asked.size, room)) } : asked;
    const trigger = triggerOf(intent, lane, instrument);
    const refusal =
      this.#refusalOf(intent, at, instrument, lane, trigger, placedBy !== undefined) ??
      refuseRate() ??
      this.options.rate.refusalOfOneMore(() => this.#openOn(lane, replaces)) ??
      this.#refusalOfMoney(intent, instrument, lane, trigger, placedBy !== undefined, replaces);
    if (refusal !== undefined) {
      this.refuse(asked, at, refusal, placedBy);
      return refusal;
    }
    const replaced = replaces === undefined ? undefined : this.floor.list.find(replaces);
    // What is known of the queue at its price must outlive its end: the new order may join it.
    const { own, book } = lane.matcher;
    const watched = replaced?.level === undefined ? undefined : own.pin(asked.side, replaced.level.price, book);
    if (replaced !== undefined) this.floor.finish(replaced, 'replaced', at);
    this.floor.enter(intent, at, lane, instrument, trigger, placedBy);
    if (watched !== undefined) own.unpin(watched);
    return undefined;
  }

  #refusalOf(
    intent: PlaceIntent,
    at: Micros,
    instrument: Instrument,
    lane: Lane,
    trigger: Trigger | undefined,
    isClose: boolean,
  ): Refusal | undefined {
    const { clientOrderId } = intent;
    if (this.floor.list.find(clientOrderId)?.open === true) {
      return { reason: 'duplicate-client-order-id', text: `${clientOrderId} is at the venue already` };
    }
    // That our feed is silent does not keep the venue from placing what it owes to a fill.
    if (lane.isFrozen && !isClose) return frozen(lane);
    const context = { ...this.contextOf(instrument, lane), anySize: isClose };
    const refusal = checkOrder(context, intent) ?? checkExpiry(intent, at);
    if (refusal !== undefined) return refusal;
    if (intent.trigger !== undefined && trigger === undefined) return noReference(intent.symbol);
    // What waits for its trigger needs a position only then.
    const needsPosition = isReducing(intent) && trigger === undefined;
    return needsPosition && this.floor.roomFor(intent.symbol, intent.side) === 0 ? noPosition(intent) : undefined;
  }

  /** The checks that come after those of how much is asked for: funds or margin, and post-only. */
  #refusalOfMoney(
    intent: PlaceIntent,
    instrument: Instrument,
    lane: Lane,
    trigger: Trigger | undefined,
    isClose: boolean,
    replaces: string | undefined,
  ): Refusal | undefined {
    const { account, followed } = this.floor.options;
    const { side, price, size } = intent;
    const worst = price ?? trigger?.price;
    if (worst === undefined) {
      const walked = walk(lane.matcher, side, size, followed, this.floor.protectionOf(lane, side));
      if (walked.size === 0) return { reason: 'no-liquidity', text: 'nothing is displayed on the other side' };
      const cost = isClose || isReducing(intent) ? undefined : checkCost(instrument, walked.notional);
      return cost ?? account.refusalOfWalk(instrument, intent, walked, size, replaces);
    }
    const unfunded = account.refusalOf(instrument, intent, worst, size, replaces);
    if (unfunded !== undefined) return unfunded;
    const { postOnly } = intent;
    return postOnly && isMarketable(lane.matcher, side, worst, followed) ? wouldTake() : undefined;
  }

  /** Open orders of a pair, without one. */
  #openOn(lane: Lane, without: string | undefined): number {
    let count = 0;
    for (const order of this.floor.list.of(lane)) {
      if (order.open && order.clientOrderId !== without) count += 1;
    }
    return count;
  }

  #cancel(intent: CancelIntent, at: Micros, lane: Lane, isBatched: boolean): void {
    if (lane.system === 'maintenance') return this.refuse(intent, at, unavailable());
    const order = this.floor.list.find(intent.clientOrderId);
    if (order !== undefined && order.instrument.symbol === intent.symbol) {
      if (order.open) {
        const { rate } = this.options;
        const age = micros(at - order.changedAt);
        const refusal = isBatched ? undefined : rate.refusalOf(intent.symbol, 'cancel', age, at);
        if (refusal !== undefined) return this.refuse(intent, at, refusal);
        rate.count(intent.symbol, 'cancel', age, at);
        return this.floor.finish(order, 'requested', at);
      }
      // It has filled already where the strategy looks; the shadows that still wait hear the cancel too.
      this.floor.drop(order);
    }
    this.refuse(intent, at, unknownOrder(intent.clientOrderId));
  }

  /** Cancel and new in one: where the new order is refused, the old one stays. */
  #edit(command: EditCommand, at: Micros, lane: Lane): void {
    const { clientOrderId, confidence, newClientOrderId, price, reason, size, strategyId } = command;
    const order = this.floor.list.find(clientOrderId);
    const state = order === undefined ? undefined : this.floor.stateOf(order);
    if (order === undefined || state === undefined || !order.open || order.lane !== lane) {
      return this.#refuseEdit(command, at, unknownOrder(clientOrderId));
    }
    const { request } = order;
    const whole = size ?? order.size;
    if (
      request.close !== undefined ||
      order.isReleased ||
      (request.trigger !== undefined && order.trigger === undefined)
    ) {
      return this.#refuseEdit(
        command,
        at,
        invalid('an order that was triggered or has a closing order cannot be edited'),
      );
    }
    if (whole <= state.filled) {
      return this.#refuseEdit(command, at, invalid('more than the new size has traded already'));
    }
    const made = { strategyId, reason, confidence, clientOrderId: newClientOrderId, size: whole };
    this.#placeAsked({ ...termsNow(order), ...made, price: price ?? order.price }, at, lane, 'edit', order);
  }

  #refuseEdit(command: EditCommand, at: Micros, refusal: Refusal): void {
    this.options.rate.countRefused(command.symbol, 'edit', refusal, at);
    this.refuse(command, at, refusal);
  }
}

/** What was asked for, as amends have left it. */
function termsNow({ displaySize, request, trigger }: PaperOrder): PlaceIntent {
  return {
    ...request,
    ...(displaySize === undefined ? {} : { displaySize }),
    ...(trigger === undefined || request.trigger === undefined
      ? {}
      : { trigger: { ...request.trigger, price: trigger.spec } }),
  };
}

/** What an order that comes now would wait for. */
function triggerOf(intent: PlaceIntent, { parked }: Lane, { tickSize }: Instrument): Trigger | undefined {
  const { trigger } = intent;
  return Trigger.of(intent, trigger === undefined ? undefined : parked.seen(trigger.reference), tickSize);
}

const NO_AGE = micros(0);
/** The venue places what fills ask for however much was ordered. */
const admit = (): undefined => undefined;
