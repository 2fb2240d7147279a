import { KeyedRandom } from '@kb/model';
import type { CancelTask, Scheduler } from '@kb/model';
import { FAULT_KINDS } from './fault-kinds.ts';
import type { FaultKind, FaultRule } from './fault-kinds.ts';
import { valueOf } from './fault-spec.ts';
import type { FaultSpec } from './fault-spec.ts';
import type { FaultValue } from './fault-values.ts';

/** Hears when faults begin, strike and end. */
export interface FaultHost {
  onOpened(fault: Fault): void;
  onClosed(fault: Fault): void;
  /** It will never open again. */
  onOver(fault: Fault): void;
}

/**
 * A fault that was injected: opens and closes by the clock, and says whether it strikes something. What it strikes is drawn from the seed,
 * its number, and the connection and frame in question, so that it does not depend on who else is connected.
 */
export class Fault {
  readonly number: number;
  readonly spec: FaultSpec;
  readonly kind: FaultKind;
  readonly rule: FaultRule;
  readonly value: FaultValue;
  readonly #scheduler: Scheduler;
  readonly #host: FaultHost;
  readonly #random: KeyedRandom;
  #isOpen = false;
  #isOver = false;
  #openings = 0;
  #strikes = 0;
  /** Strikes that are left of this opening. */
  #allowed = 0;
  #cancelOpening: CancelTask = () => undefined;
  #cancelClosing: CancelTask = () => undefined;

  /** @throws SimError `KB_SIM_BAD_OPTION` with all mistakes of the spec. */
  constructor(spec: FaultSpec, number: number, seed: number, scheduler: Scheduler, host: FaultHost) {
    this.value = valueOf(spec);
    this.number = number;
    this.spec = spec;
    this.kind = spec.kind;
    this.rule = FAULT_KINDS[spec.kind];
    this.#scheduler = scheduler;
    this.#host = host;
    this.#random = new KeyedRandom(seed, `fault ${number} ${spec.kind}`);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** How often it struck. */
  get strikes(): number {
    return this.#strikes;
  }

  /** How often it began. */
  get openings(): number {
    return this.#openings;
  }

  /** Opens when its time has come. */
  start(): void {
    const { at } = this.spec;
    if (at === undefined || at === 0) this.#open();
    else this.#cancelOpening = this.#scheduler.after(at, () => this.#open());
  }

  /** Closes it for good. */
  clear(): void {
    this.#cancelOpening();
    this.#close();
    this.#end();
  }

  /**
   * Strikes one thing, or does not.
   * @param connection Number of the connection, 0 outside any.
   * @param thing What it is the how-manieth of there.
   */
  take(connection: number, thing: number): boolean {
    if (!this.#isOpen || this.#allowed <= 0) return false;
    if (this.rule.value?.isShare === true && this.#random.at(connection, thing) >= this.value.amount) return false;
    this.#strikes += 1;
    this.#allowed -= 1;
    if (this.#allowed === 0) this.#close();
    return true;
  }

  #open(): void {
    const { every, count = Infinity } = this.spec;
    const isLast = this.rule.mode === 'strike' ? false : this.#openings + 1 >= count;
    this.#openings += 1;
    if (every !== undefined && !isLast) this.#cancelOpening = this.#scheduler.after(every, () => this.#open());
    this.#allowed = this.#allowance();
    if (this.#isOpen) return; // a strike that found nothing to hit since its last beginning
    this.#isOpen = true;
    this.#host.onOpened(this);
    if (!this.#isOpen) return; // whoever saw it begin may have cleared it
    if (this.rule.mode === 'moment') this.#close();
    else if (this.spec.for !== undefined && this.spec.for !== 'ever') {
      this.#cancelClosing = this.#scheduler.after(this.spec.for, () => this.#close());
    }
  }

  /** Of an opening; what an earlier one left is gone. */
  #allowance(): number {
    const { count, every } = this.spec;
    const left = (count ?? Infinity) - this.#strikes;
    if (this.spec.for !== undefined) return left;
    return every === undefined ? (count ?? 1) : Math.min(1, left);
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#cancelClosing();
    this.#host.onClosed(this);
    const { every, count = Infinity } = this.spec;
    const times = this.rule.mode === 'strike' ? this.#strikes : this.#openings;
    if (every === undefined || times >= count) this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelOpening();
    this.#host.onOver(this);
  }
}
