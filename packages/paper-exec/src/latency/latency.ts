import type { LoadBucket, LoadThresholds } from './load-meter.ts';
import { LOAD_BUCKETS } from './load-meter.ts';
import { QUANTILE_LEVELS } from './quantiles.ts';
import type { Quantiles } from './quantiles.ts';

/**
 * How long everything takes between us and the venue. Plain JSON; all times are whole microseconds, one way. Zero is allowed
 * when it is said. The simplest form is three constants: `{ feed: 10_000, entry: 20_000, ack: 10_000 }`.
 */
export interface Latency extends ConnectionLatency {
  /** Venue to us: market data. With quantiles, one draw for every 100 ms of venue time, as delays last. */
  readonly feed: LegTime | ReceivedFeed;
  /** For commands that go by REST: a connection of its own. Left out, there is none. */
  readonly rest?: ConnectionLatency;
  /** What counts as busy. 10 and 50 events in 100 ms unless told. */
  readonly load?: LoadThresholds;
  /** Commands and answers that get lost. None unless told. */
  readonly loss?: CommandLoss;
  /** Share of orders whose first fill, when it comes before the answer has arrived, is told before it. 0 unless told. */
  readonly fillBeforeAnswer?: number;
  /** Seed of all draws, a whole number; 0 unless told. */
  readonly seed?: number;
}

/** The legs of one connection that takes commands. */
export interface ConnectionLatency {
  /** Us to the venue's matcher. */
  readonly entry: LegTimes;
  /** Matcher to us: answers and fills. */
  readonly ack: LegTimes;
}

/** One leg, for all kinds of commands alike or by kind; a kind left out is as slow as `add`. */
export type LegTimes = LegTime | ({ readonly add: LegTime } & Readonly<Partial<Record<CommandKind, LegTime>>>);

/** What travels. A batch is one message with one draw. */
export type CommandKind = 'add' | 'amend' | 'cancel' | 'batch';

export const COMMAND_KINDS: readonly CommandKind[] = ['add', 'amend', 'cancel', 'batch'];

/** A constant, quantiles, quantiles by load, or what was recorded. */
export type LegTime = number | Quantiles | Readonly<Record<LoadBucket, Quantiles>> | RecordedLeg;

/** Round trips as they were measured; the entry leg reads `sent` to `processed`, the ack leg `processed` to `answered`. */
export interface RecordedLeg {
  /** By `sent`, ascending; `processed` must not run backwards, either. */
  readonly recorded: readonly LatencyRow[];
}

/** One measured round trip on the venue's clock, in microseconds since the epoch. */
export interface LatencyRow {
  readonly sent: number;
  readonly processed: number;
  readonly answered: number;
}

/** The feed leg as every event shows it: receipt less venue time, above the least of the last ten minutes, plus `least`. */
export interface ReceivedFeed {
  readonly received: true;
  /** What the fastest messages take; two clocks cannot tell. */
  readonly least: number;
}

/** Probabilities are per command, from 0 to 1; times count from the sending. */
export interface CommandLoss {
  /** The command never reaches the venue. */
  readonly undelivered: number;
  /** It is carried out, but nothing of its order is heard until reconciliation: the expensive case. */
  readonly unanswered: number;
  /** When the sender gives up waiting and reports `unknown`. */
  readonly timeout: number;
  /** When reconciliation tells the truth; no earlier than `timeout`. */
  readonly reconciled: number;
}

/** Everything that is wrong with a latency, which may come from a file or from plain JavaScript. */
export interface LatencyProblems {
  /** Legs that nobody set: there is no default. */
  readonly missing: readonly string[];
  /** As `latency.ack: expected …, was …`. */
  readonly bad: readonly string[];
}

/** Checks a latency whole. */
export function checkLatency(latency: unknown): LatencyProblems {
  return new LatencyCheck(latency);
}

class LatencyCheck implements LatencyProblems {
  readonly missing: string[] = [];
  readonly bad: string[] = [];

  constructor(latency: unknown) {
    if (!isRecord(latency)) {
      if (latency === undefined) this.missing.push('latency.feed', 'latency.entry', 'latency.ack');
      else this.#expected('latency', 'feed, entry and ack', latency);
      return;
    }
    const { feed, rest, load, loss, fillBeforeAnswer, seed } = latency;
    if (isRecord(feed) && 'received' in feed) this.#received(feed);
    else this.#leg('latency.feed', feed, 'feed');
    this.#connection('latency', latency);
    if (isRecord(rest)) this.#connection('latency.rest', rest);
    else if (rest !== undefined) this.#expected('latency.rest', 'entry and ack', rest);
    if (load !== undefined) this.#load(load);
    if (loss !== undefined) this.#loss(loss);
    if (fillBeforeAnswer !== undefined) this.#share('latency.fillBeforeAnswer', fillBeforeAnswer);
    if (seed !== undefined && !Number.isSafeInteger(seed)) this.#expected('latency.seed', 'a whole number', seed);
  }

  #received({ received, least }: Given): void {
    if (received !== true) this.#expected('latency.feed.received', 'true', received);
    this.#time('latency.feed.least', least);
  }

  #connection(where: string, { entry, ack }: Given): void {
    this.#legs(`${where}.entry`, entry);
    this.#legs(`${where}.ack`, ack);
  }

  #legs(where: string, legs: unknown): void {
    if (!isRecord(legs) || Array.isArray(legs) || 'quiet' in legs || 'recorded' in legs) {
      this.#leg(where, legs, 'command');
      return;
    }
    if (legs['add'] === undefined) this.missing.push(`${where}.add`);
    for (const [kind, leg] of Object.entries(legs)) {
      if (!COMMAND_KINDS.some((known) => known === kind)) {
        this.bad.push(`${where}.${kind}: expected ${COMMAND_KINDS.join(', ')}`);
      } else if (leg !== undefined) this.#leg(`${where}.${kind}`, leg, 'command');
    }
  }

  #leg(where: string, leg: unknown, use: 'feed' | 'command'): void {
    if (leg === undefined) this.missing.push(where);
    else if (Array.isArray(leg)) this.#table(where, leg);
    else if (isRecord(leg) && 'recorded' in leg && use === 'command') this.#rows(`${where}.recorded`, leg['recorded']);
    else if (isRecord(leg)) for (const bucket of LOAD_BUCKETS) this.#table(`${where}.${bucket}`, leg[bucket]);
    else this.#time(where, leg);
  }

  #table(where: string, table: unknown): void {
    const { length } = QUANTILE_LEVELS;
    if (!Array.isArray(table) || table.length !== length) {
      this.#expected(where, `${length} quantiles`, Array.isArray(table) ? `${table.length} of them` : table);
      return;
    }
    let before = 0;
    for (const [index, value] of (table as readonly unknown[]).entries()) {
      if (!isTime(value)) return this.#time(`${where}[${index}]`, value);
      if (value < before) {
        return this.#expected(`${where}[${index}]`, `no less than the quantile before, ${before}`, value);
      }
      before = value;
    }
  }

  #rows(where: string, rows: unknown): void {
    if (!Array.isArray(rows) || rows.length === 0) return this.#expected(where, 'at least one row', rows);
    let [sentBefore, processedBefore] = [-1, -1];
    for (const [index, row] of (rows as readonly unknown[]).entries()) {
      const { sent, processed, answered } = isRecord(row) ? row : {};
      if (!isTime(sent) || !isTime(processed) || !isTime(answered) || processed < sent || answered < processed) {
        return this.#expected(`${where}[${index}]`, 'sent ≤ processed ≤ answered in whole microseconds', row);
      }
      if (sent <= sentBefore || processed < processedBefore) {
        return this.#expected(`${where}[${index}]`, 'a row sent after the one before, and processed no earlier', row);
      }
      [sentBefore, processedBefore] = [sent, processed];
    }
  }

  #load(load: unknown): void {
    const { window, busyFrom, burstFrom } = isRecord(load) ? load : {};
    this.#time('latency.load.window', window);
    if (!isCount(busyFrom)) this.#expected('latency.load.busyFrom', 'a whole number from 1 to 65536', busyFrom);
    if (!isCount(burstFrom)) this.#expected('latency.load.burstFrom', 'a whole number from 1 to 65536', burstFrom);
    else if (isCount(busyFrom) && burstFrom <= busyFrom) {
      this.#expected('latency.load.burstFrom', `more than busyFrom, ${busyFrom}`, burstFrom);
    }
  }

  #loss(loss: unknown): void {
    const { undelivered, unanswered, timeout, reconciled } = isRecord(loss) ? loss : {};
    this.#share('latency.loss.undelivered', undelivered);
    this.#share('latency.loss.unanswered', unanswered);
    if (isShare(undelivered) && isShare(unanswered) && undelivered + unanswered > 1) {
      this.bad.push(`latency.loss: undelivered and unanswered are ${undelivered + unanswered} together, above 1`);
    }
    this.#time('latency.loss.timeout', timeout);
    this.#time('latency.loss.reconciled', reconciled);
    if (isTime(timeout) && isTime(reconciled) && reconciled < timeout) {
      this.#expected('latency.loss.reconciled', `no less than timeout, ${timeout}`, reconciled);
    }
  }

  #share(where: string, share: unknown): void {
    if (!isShare(share)) this.#expected(where, 'a share from 0 to 1', share);
  }

  #time(where: string, time: unknown): void {
    if (!isTime(time)) this.#expected(where, 'whole microseconds from 0', time);
  }

  #expected(where: string, what: string, was: unknown): void {
    const shown = typeof was === 'number' || was === undefined ? String(was) : JSON.stringify(was);
    this.bad.push(`${where}: expected ${what}, was ${shown}`);
  }
}

type Given = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_536;
}
