import { micros, SECOND } from '@kb/model';
import type { CancelTask, Micros, Scheduler } from '@kb/model';

/** Something that happens at times of its own: a market's flow, an agent, the desk's timers. */
export interface TimedSource {
  /** Venue time of what comes next; `Infinity` when nothing does. Asked for often: cheap. */
  readonly dueAt: number;
  /** Does all that is due by `at`, the venue time of this instant. */
  run(at: Micros): void;
  /** Time stood still for so long: whatever counts in market time happens that much later. */
  postpone(by: number): void;
  /** The exchange lets nothing trade from now on, or lets it again. Left out by what goes on meanwhile. */
  pause?(paused: boolean, at: Micros): void;
}

/** How late the timer may be before the markets' clock is stopped for the time lost, instead of catching up in a burst. */
const MOST_LATE = SECOND;

/**
 * The exchange's time: does what is due, one instant after the other, over all markets together. Each event happens at its own
 * due time, whenever the timer runs: the same seed makes the same markets on a late machine. At one instant sources run in the
 * order in which they were added.
 *
 * Venue time never falls, and is never ahead of the scheduler's.
 */
export class Timeline {
  readonly #scheduler: Scheduler;
  readonly #sources: TimedSource[] = [];
  readonly #afterInstant: (at: Micros) => void;
  #at: Micros;
  #running = false;
  #stoppedAt: Micros;
  #armedFor = Infinity;
  #cancelTimer: CancelTask = () => undefined;

  /**
   * @param startAt Venue time of the beginning; what lies between it and the scheduler's present is done by `warmUp`.
   * @param afterInstant Called after every instant, when its sources have run: publishes what happened.
   */
  constructor(scheduler: Scheduler, startAt: Micros, afterInstant: (at: Micros) => void) {
    this.#scheduler = scheduler;
    this.#at = startAt;
    this.#stoppedAt = startAt;
    this.#afterInstant = afterInstant;
  }

  /** Venue time of the latest instant or command. */
  get at(): Micros {
    return this.#at;
  }

  add(source: TimedSource): void {
    this.#sources.push(source);
  }

  /** Does what lies between the beginning and the scheduler's present, before anybody looks. */
  warmUp(): void {
    this.#runTo(this.#scheduler.now());
    this.#stoppedAt = this.#at;
  }

  /** Lets time pass from now on; where it stood still, nothing has happened meanwhile. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    const now = this.#scheduler.now();
    this.#postpone(Math.max(0, now - this.#stoppedAt));
    if (now > this.#at) this.#at = now;
    this.#arm();
  }

  stop(): void {
    if (!this.#running) return;
    this.catchUp();
    this.#running = false;
    this.#stoppedAt = this.#at;
    this.#cancelTimer();
    this.#armedFor = Infinity;
  }

  /** Lets sources stand still that have to when nothing may trade, or go on. */
  pause(paused: boolean): void {
    for (const source of this.#sources) source.pause?.(paused, this.#at);
  }

  /** Does all that is due by now, and brings venue time to the present. */
  catchUp(): void {
    const now = this.#scheduler.now();
    if (this.#running) {
      const late = now - this.#nextDue();
      if (late > MOST_LATE) this.#postpone(late);
      this.#runTo(now);
    } else if (now > this.#at) {
      this.#at = now;
    }
  }

  /** A command may have made something due earlier than the timer is set for. */
  rearm(): void {
    if (this.#running && this.#nextDue() < this.#armedFor) this.#arm();
  }

  #arm(): void {
    this.#cancelTimer();
    const due = this.#nextDue();
    this.#armedFor = due;
    if (due === Infinity) return;
    this.#cancelTimer = this.#scheduler.after(micros(Math.max(0, due - this.#scheduler.now())), () => {
      this.#armedFor = Infinity;
      this.catchUp();
      if (this.#running) this.#arm();
    });
  }

  #runTo(now: Micros): void {
    for (let due = this.#nextDue(); due <= now; due = this.#nextDue()) {
      const at = micros(Math.max(due, this.#at));
      this.#at = at;
      for (const source of this.#sources) if (source.dueAt <= at) source.run(at);
      this.#afterInstant(at);
    }
    if (now > this.#at) this.#at = now;
  }

  #postpone(by: number): void {
    if (by > 0) for (const source of this.#sources) source.postpone(by);
  }

  #nextDue(): number {
    let next = Infinity;
    for (const source of this.#sources) if (source.dueAt < next) next = source.dueAt;
    return next;
  }
}
