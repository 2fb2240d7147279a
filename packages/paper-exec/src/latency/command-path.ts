import { KeyedRandom, micros } from '@kb/model';
import type { Micros } from '@kb/model';
import type { OrderBatch } from '../order-batch.ts';
import { RecentMap } from '../recent-map.ts';
import type { CommandKind, CommandLoss, ConnectionLatency, Latency, LegTime, LegTimes } from './latency.ts';
import { isByKind, legTimer } from './leg-times.ts';
import type { LegTimer } from './leg-times.ts';
import type { LoadBucket } from './load-meter.ts';

/** Which of our connections a command goes by. */
export type CommandConnection = 'ws' | 'rest';

/** The journey of one command, fixed when it is sent. */
export interface Dispatch {
  readonly connection: CommandConnection;
  readonly kind: CommandKind;
  /** The order that it is about; of a batch, its first. Draws are about this order. */
  readonly key: string;
  /** Counts commands of one order: 0 places it. */
  readonly attempt: number;
  readonly sentAt: Micros;
  readonly arrivesAt: Micros;
  readonly fate: 'answered' | 'unanswered' | 'undelivered';
  /** Orders that are taken together or not at all. */
  readonly batch?: OrderBatch;
}

/** A message to the venue: one command, or a batch. */
export interface Message extends Pick<Dispatch, 'connection' | 'key' | 'kind'> {
  /** Whether it places the order `key`, so that no command about it can have been sent before. */
  readonly places: boolean;
}

/**
 * The way to the matcher. Each draw is a pure function of seed, order, leg and attempt, so that it does not depend on what
 * else was sent, nor when; commands of one connection still arrive in the order in which they were sent.
 */
export class CommandPath {
  readonly #connections: Readonly<Partial<Record<CommandConnection, EntryLegs>>>;
  readonly #loss: CommandLoss | undefined;
  readonly #lossRandom: KeyedRandom;
  /** How many commands an order has had after its placement, by client order id. */
  readonly #attempts = new RecentMap<number>(COUNTED);

  constructor(latency: Latency) {
    const { loss, rest, seed = 0 } = latency;
    this.#connections = {
      ws: new EntryLegs(latency, seed, 'ws'),
      ...(rest && { rest: new EntryLegs(rest, seed, 'rest') }),
    };
    this.#loss = loss;
    this.#lossRandom = new KeyedRandom(seed, 'latency loss');
  }

  has(connection: CommandConnection): boolean {
    return this.#connections[connection] !== undefined;
  }

  /** Sends a message. @param sentAt On our clock, told in the venue's time. */
  send({ connection, key, kind, places }: Message, sentAt: Micros, load: LoadBucket): Dispatch {
    const attempt = places ? 0 : this.#nextAttempt(key);
    const fate = this.#fate(key, attempt);
    const legs = this.#connections[connection];
    const arrivesAt = legs === undefined ? sentAt : legs.arrival({ attempt, fate, key, kind, sentAt }, load);
    return { connection, key, kind, attempt, sentAt, arrivesAt, fate };
  }

  #nextAttempt(clientOrderId: string): number {
    const attempt = (this.#attempts.get(clientOrderId) ?? 0) + 1;
    this.#attempts.set(clientOrderId, attempt);
    return attempt;
  }

  #fate(clientOrderId: string, attempt: number): Dispatch['fate'] {
    const loss = this.#loss;
    if (loss === undefined) return 'answered';
    const share = this.#lossRandom.named(clientOrderId, attempt);
    if (share < loss.undelivered) return 'undelivered';
    return share < loss.undelivered + loss.unanswered ? 'unanswered' : 'answered';
  }
}

/** The entry legs of one connection, by kind of command. */
class EntryLegs {
  readonly #timers: Readonly<Record<CommandKind, LegTimer>>;
  readonly #random: Readonly<Record<CommandKind, KeyedRandom>>;
  #lastArrival: Micros = micros(0);

  constructor({ entry }: ConnectionLatency, seed: number, connection: CommandConnection) {
    this.#timers = legTimers(entry, 'entry');
    this.#random = legRandoms(seed, `entry ${connection}`);
  }

  arrival({ attempt, fate, key, kind, sentAt }: Omit<Dispatch, 'arrivesAt' | 'connection'>, load: LoadBucket): Micros {
    const timer = this.#timers[kind];
    const share = timer.isConstant ? 0 : this.#random[kind].named(key, attempt);
    const arrivesAt = micros(Math.max(this.#lastArrival, sentAt + timer.take(share, load, sentAt)));
    if (fate !== 'undelivered') this.#lastArrival = arrivesAt; // what never arrives holds up nobody
    return arrivesAt;
  }
}

/** One timer for each kind of command. */
export function legTimers(legs: LegTimes, leg: 'entry' | 'ack'): Readonly<Record<CommandKind, LegTimer>> {
  const byKind = isByKind(legs) ? legs : { add: legs };
  const add = legTimer(byKind.add, leg);
  const timerOf = (time: LegTime | undefined): LegTimer => (time === undefined ? add : legTimer(time, leg));
  return { add, amend: timerOf(byKind.amend), cancel: timerOf(byKind.cancel), batch: timerOf(byKind.batch) };
}

export function legRandoms(seed: number, leg: string): Readonly<Record<CommandKind, KeyedRandom>> {
  const randomOf = (kind: CommandKind): KeyedRandom => new KeyedRandom(seed, `latency ${leg} ${kind}`);
  return { add: randomOf('add'), amend: randomOf('amend'), cancel: randomOf('cancel'), batch: randomOf('batch') };
}

/** Orders whose commands are counted at least; one that has not been heard of for twice as many others starts to count again. */
const COUNTED = 8_192;
