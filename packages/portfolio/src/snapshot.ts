import type { Decimal } from 'decimal.js';
import type { AverageCost } from './average-cost.ts';
import type { Books } from './books.ts';
import { PortfolioError } from './errors.ts';
import { AMOUNT_STEPS, parseExact } from './exact.ts';

/** All that a ledger knows, as plain JSON; every amount is decimal text. */
export interface LedgerSnapshot {
  readonly version: 1;
  readonly reporting: string;
  /** Balances the ledger began with, and what a unit of each was worth at the first mark. */
  readonly start: Readonly<Record<string, string>>;
  readonly startPrices: Readonly<Record<string, string>>;
  readonly balances: Readonly<Record<string, string>>;
  readonly positions: Readonly<Record<string, PositionSnapshot>>;
  /** The same on margin, of symbols in which there was anything; missing in snapshots of older versions. */
  readonly margin?: Readonly<Record<string, PositionSnapshot>>;
  /** Fees paid in assets that are neither base nor quote of the pair traded. */
  readonly otherFees: Readonly<Record<string, string>>;
  /** The latest fill ids, oldest first: what tells a repeat. */
  readonly fillIds: readonly string[];
  readonly fills: number;
  readonly duplicates: number;
}

export interface PositionSnapshot {
  readonly qty: string;
  readonly cost: string;
  readonly realised: string;
  readonly fees: string;
  readonly fills: number;
}

/** Amounts by name as decimal text. `fromEntries` defines own properties, so even `__proto__` is only a name here. */
function textByName(amounts: { entries(): Iterable<[string, Decimal]> }): Record<string, string> {
  return Object.fromEntries([...amounts.entries()].map(([name, amount]) => [name, amount.toFixed()]));
}

/** The part of a snapshot that the books hold. */
export type BooksSnapshot = Pick<
  LedgerSnapshot,
  'start' | 'startPrices' | 'balances' | 'positions' | 'margin' | 'otherFees'
>;

export function snapshotOf(books: Books): BooksSnapshot {
  const onMargin = [...books.margin].filter(([, { fills }]) => fills > 0);
  return {
    start: textByName(books.start),
    startPrices: textByName(books.startPrices),
    balances: textByName(books.balances),
    positions: positionsOf(books.positions),
    ...(onMargin.length > 0 && { margin: positionsOf(onMargin) }),
    otherFees: textByName(books.otherFees),
  };
}

function positionsOf(positions: Iterable<[string, AverageCost]>): Record<string, PositionSnapshot> {
  return Object.fromEntries(
    [...positions].map(([symbol, { qty, cost, realised, fees, fills }]) => [
      symbol,
      { qty: qty.toFixed(), cost: cost.toFixed(), realised: realised.toFixed(), fees: fees.toFixed(), fills },
    ]),
  );
}

/** Fills empty books. @throws PortfolioError `KB_PORTFOLIO_BAD_SNAPSHOT`. */
export function restoreInto(books: Books, reader: SnapshotReader): void {
  for (const part of ['start', 'startPrices', 'balances', 'otherFees'] as const) {
    for (const [name, amount] of reader.object(part).amounts()) books[part].set(name, amount);
  }
  restorePositions('positions', books.positions, reader);
  if (reader.names().includes('margin')) restorePositions('margin', books.margin, reader);
}

function restorePositions(
  part: 'margin' | 'positions',
  into: ReadonlyMap<string, AverageCost>,
  reader: SnapshotReader,
): void {
  const positions = reader.object(part);
  for (const symbol of positions.names()) {
    const position = into.get(symbol);
    if (position === undefined) throw bad(`snapshot.${part}.${symbol}`, 'a symbol among the instruments', symbol);
    const fields = positions.object(symbol);
    position.restore({
      qty: fields.amount('qty'),
      cost: fields.amount('cost'),
      realised: fields.amount('realised'),
      fees: fields.amount('fees'),
    });
    position.fills = fields.count('fills');
  }
}

/** Reads a snapshot field by field. @throws PortfolioError `KB_PORTFOLIO_BAD_SNAPSHOT` that names the field. */
export class SnapshotReader {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(path, 'an object', value);
    this.#fields = value as Readonly<Record<string, unknown>>;
    this.#path = path;
  }

  names(): string[] {
    return Object.keys(this.#fields);
  }

  object(name: string): SnapshotReader {
    return new SnapshotReader(this.#field(name), this.#pathOf(name));
  }

  text(name: string): string {
    const value = this.#field(name);
    if (typeof value !== 'string') throw bad(this.#pathOf(name), 'text', value);
    return value;
  }

  texts(name: string): string[] {
    const value = this.#field(name);
    if (!Array.isArray(value)) throw bad(this.#pathOf(name), 'a list', value);
    return value.map((item: unknown, index) => {
      if (typeof item !== 'string') throw bad(`${this.#pathOf(name)}[${index}]`, 'text', item);
      return item;
    });
  }

  /** @throws PortfolioError `KB_PORTFOLIO_BAD_SNAPSHOT` unless the field is exactly this. */
  expect(name: string, value: number): void {
    const found = this.#field(name);
    if (found !== value) throw bad(this.#pathOf(name), String(value), found);
  }

  count(name: string): number {
    const value = this.#field(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      throw bad(this.#pathOf(name), 'a count', value);
    }
    return value;
  }

  /** A position's cost runs to more decimals than an amount from outside may have: the ledger wrote it itself. */
  amount(name: string): Decimal {
    const value = this.#field(name);
    const amount = parseExact(value, 100);
    if (amount === undefined || amount.decimalPlaces() > AMOUNT_STEPS)
      throw bad(this.#pathOf(name), 'decimal text', value);
    return amount;
  }

  amounts(): Map<string, Decimal> {
    return new Map(this.names().map((name) => [name, this.amount(name)]));
  }

  #field(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  #pathOf(name: string): string {
    return `${this.#path}.${name}`;
  }
}

function bad(path: string, expected: string, found: unknown): PortfolioError {
  return new PortfolioError(
    'KB_PORTFOLIO_BAD_SNAPSHOT',
    `${path}: expected ${expected}, was ${JSON.stringify(found)?.slice(0, 80) ?? 'nothing'}`,
  );
}
