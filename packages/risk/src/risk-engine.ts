import type { Micros, OwnOrder, VenueCommand } from '@kb/model';
import { AmendsInFlight } from './amends-in-flight.ts';
import { Candidate } from './candidate.ts';
import { ALLOWED, refuse } from './decision.ts';
import type { RiskContext, RiskDecision, RiskRefusal, RiskState } from './decision.ts';
import { checkLimits, pairLimits } from './limits.ts';
import type { CheckedLimits, PairLimits, RiskLimits } from './limits.ts';
import { OrderRate } from './order-rate.ts';
import { commandOf, contextOf } from './plain-order.ts';
import type { PlainFacts, PlainOrder } from './plain-order.ts';
import { RULES } from './rules.ts';
import type { RuleBook } from './rules.ts';
import { readSnapshot } from './snapshot.ts';
import type { RiskSnapshot } from './snapshot.ts';
import { VenueRate } from './venue-rate.ts';

/**
 * Says yes or no to every order before it is sent.
 *
 * Pure: time comes in with the context, the answer is data. Cancels always pass; they count with the venue alone. An allowed order that adds
 * risk counts against the order rate at once, so ask only when you mean to send. `HALTED` is latched: it keeps its first
 * cause and ends only when an operator types that cause back.
 */
export class RiskEngine {
  readonly #book: { -readonly [Name in keyof RuleBook]: RuleBook[Name] };
  /** By symbol; made when a pair is first seen and again when its rules change. */
  readonly #pairs = new Map<string, PairLimits>();
  readonly #amends = new AmendsInFlight();

  /** @throws RiskError `KB_RISK_BAD_LIMITS` with every problem of the limits. */
  constructor(limits: RiskLimits) {
    const checked = checkLimits(limits);
    const rates = { rate: new OrderRate(checked), venueRate: new VenueRate(checked.venueTier) };
    this.#book = { limits: checked, ...rates, state: 'ACTIVE', cause: undefined };
  }

  get state(): RiskState {
    return this.#book.state;
  }
  /** Why the engine is not `ACTIVE`. */
  get cause(): string | undefined {
    return this.#book.cause;
  }
  /** The limits in force, defaults filled in. */
  get limits(): CheckedLimits {
    return this.#book.limits;
  }

  /** Judges a command by the rules in their order; the first that refuses gives the answer. */
  check(command: VenueCommand, context: RiskContext): RiskDecision {
    if (command.type === 'cancel') {
      const order = context.openOrders.find(({ clientOrderId }) => clientOrderId === command.clientOrderId);
      if (order !== undefined) this.cancelling(order, context.now);
      return ALLOWED;
    }
    this.#amends.settle(context.instrument.symbol, context.openOrders);
    const order = this.#candidateOf(command, context);
    if (order === undefined) return unknownOrder(command.clientOrderId);
    const pair = this.#pairOf(context);
    const book = this.#book;
    for (let index = 0; index < RULES.length; index += 1) {
      const refusal = RULES[index]?.(order, pair, book);
      if (refusal !== undefined) return refusal;
    }
    book.venueRate.addOrder(context.instrument.symbol, order.target, context.now);
    if (order.added <= 0) return ALLOWED;
    book.rate.add(context.now, order.isReducing);
    if (order.target !== undefined) this.#amends.sent(order.target, order.size);
    return ALLOWED;
  }

  /** Takes note of a cancel that is sent without asking: the venue counts it. */
  cancelling(order: OwnOrder, now: Micros): void {
    this.#book.venueRate.addCancel(order, now);
  }

  /** Every rule that would refuse, in their order; empty when `check` would allow. Counts nothing. */
  failures(command: VenueCommand, context: RiskContext): RiskRefusal[] {
    if (command.type === 'cancel') return [];
    const order = this.#candidateOf(command, context);
    if (order === undefined) return [unknownOrder(command.clientOrderId)];
    const pair = this.#pairOf(context);
    return RULES.map((rule) => rule(order, pair, this.#book)).filter((refusal) => refusal !== undefined);
  }

  /**
   * The same as `check` for a bot of your own: everything in decimal text. Prices and quantities off the pair's grid are
   * refused with `PRECISION`.
   * @throws RiskError `KB_RISK_BAD_ORDER`: text that is not a decimal number, or facts off the grid.
   */
  checkOrder(order: PlainOrder, facts: PlainFacts): RiskDecision {
    const command = commandOf(order, facts.instrument);
    return command.type === 'place' ? this.check(command, contextOf(facts)) : command.refusal;
  }

  /** Latches `HALTED`: from now on only cancels pass, and the reducing orders of an emergency flatten. */
  kill(cause: string): void {
    if (this.#book.state === 'HALTED') return;
    this.#book.state = 'HALTED';
    this.#book.cause = cause;
  }

  /** Lets only exposure-reducing orders pass until `resume`. Changes nothing while `HALTED`. */
  reduce(cause: string): void {
    if (this.#book.state === 'HALTED') return;
    this.#book.state = 'REDUCING';
    this.#book.cause = cause;
  }

  /** Ends `REDUCING`. @returns False if that was not the state. */
  resume(): boolean {
    if (this.#book.state !== 'REDUCING') return false;
    this.#activate();
    return true;
  }

  /** Ends `HALTED`, for an operator who was shown the cause and types it back. @returns False if it does not match. */
  clearHalt(typedCause: string): boolean {
    if (this.#book.state !== 'HALTED' || this.#book.cause !== typedCause) return false;
    this.#activate();
    return true;
  }

  /** State, cause and the last minute's orders as plain JSON, so that a halt survives a restart. */
  snapshot(): RiskSnapshot {
    return { version: 1, state: this.#book.state, cause: this.#book.cause ?? null, sent: this.#book.rate.entries() };
  }

  /**
   * Takes over a snapshot: its orders always, its state and cause unless this engine is `HALTED`. A halt, with its first
   * cause, ends with `clearHalt` alone.
   * @throws RiskError `KB_RISK_BAD_SNAPSHOT`; then nothing has changed.
   */
  restore(snapshot: unknown): void {
    const { state, cause, sent } = readSnapshot(snapshot);
    const rate = new OrderRate(this.#book.limits);
    rate.restore(sent); // limits may have become tighter since: then the windows are full
    this.#book.rate = rate;
    if (this.#book.state === 'HALTED') return;
    this.#book.state = state;
    this.#book.cause = cause ?? undefined;
  }

  #candidateOf(command: Exclude<VenueCommand, { type: 'cancel' }>, context: RiskContext): Candidate | undefined {
    return command.type === 'place'
      ? Candidate.ofPlace(command, context, this.#amends)
      : Candidate.ofAmend(command, context, this.#amends);
  }

  #activate(): void {
    this.#book.state = 'ACTIVE';
    this.#book.cause = undefined;
  }

  #pairOf({ instrument }: RiskContext): PairLimits {
    const known = this.#pairs.get(instrument.symbol);
    if (known !== undefined && known.instrument === instrument) return known;
    const pair = pairLimits(this.#book.limits, instrument);
    this.#pairs.set(instrument.symbol, pair);
    return pair;
  }
}

function unknownOrder(clientOrderId: string): RiskRefusal {
  return refuse('UNKNOWN_ORDER', `there is no open order ${clientOrderId} to amend`);
}
