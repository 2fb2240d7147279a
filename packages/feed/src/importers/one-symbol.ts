import type { CsvRow } from './csv-rows.ts';

/** Sees that all rows of a file are of one pair: Tardis has files of many, which would come out as one impossible market. */
export class OneSymbol {
  readonly #column: number;
  #first: string | undefined = undefined;

  /** @param column Where rows name their pair; `-1` where they do not. */
  constructor(column: number) {
    this.#column = column;
  }

  /** @throws FeedError `KB_FEED_BAD_IMPORT` for a row of another pair than the first one's. */
  check(row: CsvRow): void {
    if (this.#column < 0) return;
    const symbol = row.cell(this.#column, 'symbol');
    this.#first ??= symbol;
    if (symbol === this.#first) return;
    throw row.error(
      this.#column,
      `expected rows of ${this.#first} only, was ${symbol}`,
      'Cut the file into one for each pair, and import those.',
    );
  }
}
