import { MILLISECOND, SECOND } from '@kb/model';

/** What the text behind `kind=` says. */
export interface FaultValue {
  /** The first part, or all of it. */
  readonly word: string;
  /** A share, µs, bytes, bytes per second or code; a second part behind a colon (`late:2s`) in µs. */
  readonly amount: number;
}

/** Reads a value that people write. */
export interface ValueRule {
  /** For people: `a time (500ms)`. */
  readonly expects: string;
  /** What stands when it is left out; `undefined`: it must be given. */
  readonly otherwise: string | undefined;
  /** The amount is the share of things that are struck. */
  readonly isShare?: true;
  /** @returns `undefined` for text that is none. */
  read(text: string): FaultValue | undefined;
}

const UNITS: Readonly<Record<string, number>> = {
  us: 1,
  ms: MILLISECOND,
  s: SECOND,
  m: 60 * SECOND,
  h: 3600 * SECOND,
};

/** Clocks that are wrong by more would leave the years that timestamps can write. */
export const LONGEST_TIME: number = 8760 * 3600 * SECOND;

/** A time as `30s`, `1.5m`, `250ms`, in whole µs; `undefined` for other text and for more than a year. */
export function readTime(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?)(us|ms|s|m|h)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  const duration = factor === undefined ? undefined : Math.round(Number(digits) * factor);
  return duration !== undefined && duration <= LONGEST_TIME ? duration : undefined;
}

/** The shortest way to write so many µs. */
export function timeText(duration: number): string {
  for (const unit of ['h', 'm', 's', 'ms']) {
    const factor = UNITS[unit] ?? 1;
    if (duration !== 0 && duration % factor === 0) return `${duration / factor}${unit}`;
  }
  return duration === 0 ? '0s' : `${duration}us`;
}

export function time(otherwise: string): ValueRule {
  return { expects: 'a time, as 500ms, 30s or 5m', otherwise, read: (text) => worded(text, readTime(text)) };
}

/** Forward or back. */
export function shift(otherwise: string): ValueRule {
  return {
    expects: 'a time forward or back, as 5s or -1h',
    otherwise,
    read: (text) => {
      const size = readTime(text.startsWith('-') ? text.slice(1) : text);
      return worded(text, size === undefined || size === 0 ? undefined : text.startsWith('-') ? -size : size);
    },
  };
}

/** How many of those that could be struck. */
export function share(): ValueRule {
  return {
    expects: 'a share, as 5% or 0.5%',
    otherwise: '100%',
    isShare: true,
    read: (text) => {
      const [, digits] = /^(\d{1,3}(?:\.\d{1,4})?)%$/.exec(text) ?? [];
      const part = Number(digits) / 100;
      return worded(text, part > 0 && part <= 1 ? part : undefined);
    },
  };
}

const SIZE_UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20 };

export function size(otherwise: string, most: number): ValueRule {
  return {
    expects: `a size up to ${most / 2 ** 20}MiB, as 200KiB`,
    otherwise,
    read: (text) => {
      const [, digits = '', unit = ''] = /^(\d{1,9})(B|KiB|MiB)$/.exec(text) ?? [];
      const bytes = Number(digits) * (SIZE_UNITS[unit] ?? Number.NaN);
      return worded(text, bytes > 0 && bytes <= most ? bytes : undefined);
    },
  };
}

export function bytesPerSecond(otherwise: string): ValueRule {
  return {
    expects: 'bytes per second, 1 to 1000000',
    otherwise,
    read: (text) => worded(text, wholeIn(text, 1, 1_000_000)),
  };
}

/**
 * One of some words; those that have a time may be followed by one: `late:2s`.
 * @param times The time of a word when it is not given.
 */
export function word(
  words: readonly string[],
  otherwise: string | undefined,
  times: Readonly<Record<string, string>> = {},
): ValueRule {
  const shown = words.map((each) => (times[each] === undefined ? each : `${each}[:TIME]`));
  return {
    expects: `one of ${shown.join(', ')}`,
    otherwise,
    read: (text) => {
      const [first = '', second, ...rest] = text.split(':');
      if (!words.includes(first) || rest.length > 0) return undefined;
      const standing = times[first];
      if (standing === undefined) return second === undefined ? { word: first, amount: 0 } : undefined;
      return worded(first, readTime(second ?? standing));
    },
  };
}

/** One of some words, or a text of the exchange's own. */
export function textOr(words: readonly string[], otherwise: string): ValueRule {
  const listed = words.length === 0 ? '' : `one of ${words.join(', ')}, or `;
  return {
    expects: `${listed}a text such as EService:Busy`,
    otherwise,
    read: (text) => (words.includes(text) || /^[A-Z][\x20-\x7e]*$/.test(text) ? { word: text, amount: 0 } : undefined),
  };
}

export function code(codes: readonly number[], otherwise: string): ValueRule {
  return {
    expects: `one of ${codes.join(', ')}`,
    otherwise,
    read: (text) =>
      worded(
        text,
        codes.find((each) => String(each) === text),
      ),
  };
}

export function serverErrorStatus(otherwise: string): ValueRule {
  return { expects: 'a status from 400 to 599', otherwise, read: (text) => worded(text, wholeIn(text, 400, 599)) };
}

/** Decimals of price and quantity: `2/8`. */
export function precisions(): ValueRule {
  return {
    expects: 'decimals of price and quantity, as 2/8',
    otherwise: undefined,
    read: (text) => (precisionsOf(text) === undefined ? undefined : { word: text, amount: 0 }),
  };
}

export function precisionsOf(text: string): { readonly price: number; readonly qty: number } | undefined {
  const [price, qty, ...rest] = text.split('/').map((digits) => wholeIn(digits, 0, MOST_DECIMALS));
  return price === undefined || qty === undefined || rest.length > 0 ? undefined : { price, qty };
}

/** Kraken's finest pairs have ten decimals; prices near 2^53 steps would leave no room for more. */
const MOST_DECIMALS = 10;

function wholeIn(text: string, least: number, most: number): number | undefined {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return count >= least && count <= most ? count : undefined;
}

function worded(text: string, amount: number | undefined): FaultValue | undefined {
  return amount === undefined ? undefined : { word: text, amount };
}
