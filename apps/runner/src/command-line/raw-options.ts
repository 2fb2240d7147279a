import type { AccountFile, AccountSpec } from '@kb/exchange-sim';
import { decimalToCount, KbError } from '@kb/model';
import type { Grid, Micros } from '@kb/model';
import { CliError } from '../cli-error.ts';
import { didYouMean } from '../did-you-mean.ts';
import { parseDuration } from '../duration.ts';
import type { DurationUnit } from '../duration.ts';

/** The flags of one command as commander hands them over, by camel-cased name. */
export type RawFlags = Readonly<Record<string, unknown>>;

/**
 * Reads a command's flags one by one and keeps every problem, so that all of them are told at once by `done`.
 * A reader that found a problem returns a placeholder; `done` throws before anyone can use it.
 */
export class FlagReader {
  readonly #command: string;
  readonly #flags: RawFlags;
  readonly #problems: string[] = [];

  constructor(command: string, flags: RawFlags) {
    this.#command = command;
    this.#flags = flags;
  }

  problem(text: string): void {
    this.#problems.push(text);
  }

  boolean(name: string): boolean {
    return this.#flags[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#flags[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** A flag that may be given more than once, or with commas. */
  list(name: string): readonly string[] {
    const value = this.#flags[name];
    const texts = Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
    return texts.flatMap((text) => text.split(',')).map((text) => text.trim());
  }

  /** A flag that may be given more than once, each text as it is. */
  texts(name: string): readonly string[] {
    const value = this.#flags[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  /**
   * `alice=USD:25000,BTC:1`, any number of times: accounts of the local exchange.
   * @param readFile Reads the text of an account file: what an account may be is said there, for flags too.
   */
  accounts(name: string, readFile: (text: string) => AccountFile): readonly AccountSpec[] {
    return this.texts(name).flatMap((text) => {
      const [, account = '', list = ''] = /^([^=]*)=(.*)$/.exec(text) ?? [];
      const entries = list.split(',').map((part) => part.split(':'));
      const assets = new Set(entries.map(([asset]) => asset));
      if (entries.every(({ length }) => length === 2) && assets.size === entries.length) {
        const found = this.#readAccount(account, entries, readFile);
        if (found !== undefined) return found;
      }
      this.problem(
        `${flagOf(name)}: expected NAME=ASSET:AMOUNT,… such as alice=USD:25000,BTC:0.5, was ${JSON.stringify(text)}`,
      );
      return [];
    });
  }

  /** A flag read by a function of the command's own, whose `KB_CLI_USAGE` becomes a problem. */
  parsed<Value>(name: string, parse: (text: string) => Value): Value | undefined {
    return this.#read(name, parse);
  }

  duration(name: string, bareUnit: DurationUnit): Micros | undefined {
    return this.#read(name, (text) => parseDuration(text, bareUnit));
  }

  integer(name: string, least: number, most: number): number | undefined {
    return this.#read(name, (text) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= least && value <= most) return value;
      throw new CliError(
        'KB_CLI_USAGE',
        `expected a whole number from ${least} to ${most}, was ${JSON.stringify(text)}`,
      );
    });
  }

  /** `99.5`: a share of a hundred. */
  percent(name: string): number | undefined {
    return this.#read(name, (text) => {
      const value = /^\d{1,3}(?:\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
      if (value <= 100) return value;
      throw new CliError('KB_CLI_USAGE', `expected percent from 0 to 100, was ${JSON.stringify(text)}`);
    });
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    return this.#read(name, (text) => this.#choice(text, choices));
  }

  /** As `oneOf`, for each part of a list. */
  someOf<Choice extends string>(name: string, choices: readonly Choice[]): readonly Choice[] {
    return this.list(name).flatMap((text) => this.#try(name, () => this.#choice(text, choices)) ?? []);
  }

  pair(name: string): string | undefined {
    return this.#read(name, checkPair);
  }

  pairs(name: string): readonly string[] {
    return this.list(name).flatMap((text) => this.#try(name, () => checkPair(text)) ?? []);
  }

  /** `BTC/USD=1,8`, any number of times: decimals of the price and of the quantity. */
  grids(name: string): Readonly<Record<string, Grid>> {
    const value = this.#flags[name];
    const texts = Array.isArray(value) ? value.map(String) : [];
    const entries = texts.flatMap((text) => {
      const match = /^([^=]+)=(\d{1,2}),(\d{1,2})$/.exec(text);
      const [pricePrecision, qtyPrecision] = [Number(match?.[2]), Number(match?.[3])];
      if (match !== null && pricePrecision <= 15 && qtyPrecision <= 15) {
        const symbol = this.#try(name, () => checkPair(match[1] ?? ''));
        return symbol === undefined ? [] : [[symbol, { pricePrecision, qtyPrecision }] as const];
      }
      this.problem(
        `${flagOf(name)}: expected PAIR=PRICE,QTY decimals such as BTC/USD=1,8, was ${JSON.stringify(text)}`,
      );
      return [];
    });
    return Object.fromEntries(entries);
  }

  /** `USD=25000`, any number of times: an asset and an amount in decimal text. */
  amounts(name: string): Readonly<Record<string, string>> {
    const entries = this.list(name).flatMap((text) => {
      const match = /^([A-Z0-9.]{2,12})=(\d.*)$/.exec(text);
      const [, asset, amount] = match ?? [];
      if (asset !== undefined && amount !== undefined && isDecimal(amount)) return [[asset, amount] as const];
      this.problem(`${flagOf(name)}: expected ASSET=AMOUNT such as USD=25000, was ${JSON.stringify(text)}`);
      return [];
    });
    return Object.fromEntries(entries);
  }

  /** `requoteThresholdBps=2`, any number of times: a strategy's own parameters, whose values the strategy reads itself. */
  params(name: string): Readonly<Record<string, string | boolean>> {
    const value = this.#flags[name];
    const texts = Array.isArray(value) ? value.map(String) : [];
    const entries = texts.flatMap((text) => {
      const [, key, given] = /^([A-Za-z][A-Za-z0-9_]*)=(.+)$/.exec(text) ?? [];
      if (key !== undefined && given !== undefined) return [[key, BOOLEANS[given] ?? given] as const];
      this.problem(`${flagOf(name)}: expected NAME=VALUE such as requoteThresholdBps=2, was ${JSON.stringify(text)}`);
      return [];
    });
    return Object.fromEntries(entries);
  }

  url(name: string): string | undefined {
    return this.#read(name, (text) => {
      if (URL.canParse(text) && /^wss?:$/.test(new URL(text).protocol)) return text;
      throw new CliError('KB_CLI_USAGE', `expected an address such as wss://host/path, was ${JSON.stringify(text)}`);
    });
  }

  /** @throws CliError `KB_CLI_USAGE` with every problem found. */
  done(): void {
    const problems = this.#problems;
    if (problems.length === 0) return;
    const hint = `kb ${this.#command} --help`;
    if (problems.length === 1) throw new CliError('KB_CLI_USAGE', problems[0] ?? '', { hint });
    throw new CliError('KB_CLI_USAGE', `${problems.length} problems:\n  ${problems.join('\n  ')}`, { hint });
  }

  #read<Value>(name: string, read: (text: string) => Value): Value | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : this.#try(name, () => read(text));
  }

  #try<Value>(name: string, read: () => Value): Value | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      this.problem(`${flagOf(name)}: ${error.message}`);
      return undefined;
    }
  }

  #readAccount(
    name: string,
    balances: readonly (readonly string[])[],
    readFile: (text: string) => AccountFile,
  ): readonly AccountSpec[] | undefined {
    try {
      return readFile(JSON.stringify({ accounts: [{ name, balances: Object.fromEntries(balances) }] })).accounts;
    } catch (error) {
      if (!(error instanceof KbError)) throw error;
      return undefined;
    }
  }

  #choice<Choice extends string>(text: string, choices: readonly Choice[]): Choice {
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    throw new CliError(
      'KB_CLI_USAGE',
      `expected ${choices.join(', ')}, was ${JSON.stringify(text)}${suggestion(text, choices)}`,
    );
  }
}

/** ` (did you mean …?)`, or nothing. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const meant = didYouMean(word, candidates);
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
}

/** `--max-order` for `maxOrder`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function checkPair(text: string): string {
  if (/^[A-Z0-9.]{2,12}\/[A-Z0-9.]{2,12}$/.test(text)) return text;
  const hint = suggestion(text, COMMON_PAIRS);
  throw new CliError('KB_CLI_USAGE', `expected a pair such as BTC/USD, was ${JSON.stringify(text)}${hint}`);
}

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false };

/** For suggestions only; any pair of that form is taken. */
const COMMON_PAIRS = [
  'BTC/USD',
  'ETH/USD',
  'SOL/USD',
  'XRP/USD',
  'DOGE/USD',
  'BTC/EUR',
  'ETH/EUR',
  'ETH/BTC',
  'BTC/USDT',
];

function isDecimal(text: string): boolean {
  try {
    decimalToCount(text, 10);
    return true;
  } catch (error) {
    if (error instanceof KbError) return false;
    throw error;
  }
}
