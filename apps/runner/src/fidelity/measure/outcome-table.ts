/** Numbers in a growing array of single precision: times are relative, so 7 digits are plenty. Missing is not a number. */
export class FloatColumn {
  length = 0;
  #values = new Float32Array(256);

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Float32Array(2 * this.length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length] = value;
    this.length += 1;
  }

  at(row: number): number {
    return this.#values[row] ?? Number.NaN;
  }
}

/** Seconds after a fill, or after placing, at which is looked. */
export const LOOKS = [1, 5, 30] as const;

/** What is known of an order before its fate. */
export const CONTEXT = [
  /** Number of its block of five minutes. */
  'block',
  /** Seconds from placing to its cancel. */
  'life',
  /** Ticks behind the best of its side; −1 one inside the spread. */
  'distance',
  /** Ticks between the best prices. */
  'spread',
  /** Lots ahead of it in truth. */
  'ahead',
  /** Changes of orders a second, of late. */
  'rate',
  /** Root of the summed squares of the mid's moves in the last minute, ticks. */
  'volatility',
  /** How the mid moved in the 30 s after placing, in ticks towards the order's profit. */
  'move',
] as const;
export type ContextName = (typeof CONTEXT)[number];

/** When and how well an order filled, in truth or by one estimate. */
export interface Outcome {
  /** Seconds from placing to the first lot; not a number when none. */
  readonly fill: number;
  /** Share of its size that traded, 0 to 1. */
  readonly share: number;
  /** How the mid moved from just before the fill until `LOOKS` later, in ticks towards the order's profit. */
  readonly marks: readonly number[];
  /** (Estimated − true lots ahead) / displayed, `LOOKS` after placing; of an estimate only. */
  readonly queue: readonly number[];
}

/** Outcomes of one estimate, or of the truth, by row. */
export class OutcomeColumns {
  readonly fill: FloatColumn = new FloatColumn();
  readonly share: FloatColumn = new FloatColumn();
  readonly marks: readonly FloatColumn[] = LOOKS.map(() => new FloatColumn());
  readonly queue: readonly FloatColumn[] = LOOKS.map(() => new FloatColumn());

  push({ fill, share, marks, queue }: Outcome): void {
    this.fill.push(fill);
    this.share.push(share);
    for (const [look, column] of this.marks.entries()) column.push(marks[look] ?? Number.NaN);
    for (const [look, column] of this.queue.entries()) column.push(queue[look] ?? Number.NaN);
  }

  at(row: number): Outcome {
    const marks = this.marks.map((column) => column.at(row));
    return { fill: this.fill.at(row), share: this.share.at(row), marks, queue: this.queue.map((each) => each.at(row)) };
  }
}

/** One estimator on one public stream. */
export interface EstimateColumns {
  readonly name: string;
  /** Microseconds over which the book was merged. */
  readonly window: number;
  readonly outcomes: OutcomeColumns;
}

/** Every order of an experiment with its true and its estimated fates. */
export class OutcomeTable {
  length = 0;
  readonly context: Readonly<Record<ContextName, FloatColumn>>;
  readonly truth: OutcomeColumns = new OutcomeColumns();
  readonly estimates: readonly EstimateColumns[];

  constructor(estimates: readonly { readonly name: string; readonly window: number }[]) {
    this.estimates = estimates.map((estimate) => ({ ...estimate, outcomes: new OutcomeColumns() }));
    const column = (): FloatColumn => new FloatColumn();
    this.context = {
      block: column(),
      life: column(),
      distance: column(),
      spread: column(),
      ahead: column(),
      rate: column(),
      volatility: column(),
      move: column(),
    };
  }

  push(context: Readonly<Record<ContextName, number>>, truth: Outcome, estimates: readonly Outcome[]): void {
    for (const name of CONTEXT) this.context[name].push(context[name]);
    this.truth.push(truth);
    for (const [index, { outcomes }] of this.estimates.entries()) outcomes.push(estimates[index] ?? NOTHING);
    this.length += 1;
  }

  /** Takes over the rows of a table with the same estimates. @param blocksLater What is added to their block numbers. */
  append(other: OutcomeTable, blocksLater: number): void {
    for (let row = 0; row < other.length; row += 1) {
      const context = other.contextAt(row);
      const estimates = other.estimates.map(({ outcomes }) => outcomes.at(row));
      this.push({ ...context, block: context.block + blocksLater }, other.truth.at(row), estimates);
    }
  }

  /** Place of an estimate's column where the truth stands at 0, as in `TradedOrder`; `undefined` when there is none of that name. */
  columnOf(name: string, window: number): number | undefined {
    const found = this.estimates.findIndex((each) => each.name === name && each.window === window);
    return found === -1 ? undefined : found + 1;
  }

  contextAt(row: number): Record<ContextName, number> {
    const { block, life, distance, spread, ahead, rate, volatility, move } = this.context;
    return {
      block: block.at(row),
      life: life.at(row),
      distance: distance.at(row),
      spread: spread.at(row),
      ahead: ahead.at(row),
      rate: rate.at(row),
      volatility: volatility.at(row),
      move: move.at(row),
    };
  }
}

const NOTHING: Outcome = { fill: Number.NaN, share: 0, marks: [], queue: [] };
