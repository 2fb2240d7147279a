/** How own size is judged. Fractions and amounts are decimal text. */
export interface ImpactOptions {
  /** Own fills above this share of what trades in a minute are suspect; `0.1` unless told. */
  readonly alarm?: string;
  /** Y of the square root law; `0.8` unless told (0.5 to 1 is usual in the literature). */
  readonly factor?: string;
  /** By pair: standard deviation of a day's return (`0.02`); estimated from the run unless told. */
  readonly dailyVolatility?: Readonly<Record<string, string>>;
  /** By pair: what trades in a day, base currency; estimated from the run unless told. */
  readonly dailyVolume?: Readonly<Record<string, string>>;
}

/** The options as doubles: all of them go into estimates only. */
export interface CheckedImpact {
  readonly alarm: number;
  readonly factor: number;
  readonly dailyVolatility: ReadonlyMap<string, number>;
  /** Base currency. */
  readonly dailyVolume: ReadonlyMap<string, number>;
}

/** @returns What is wrong with them, naming each option; nothing when all is well. */
export function checkImpact(options: unknown, name = 'impact'): string[] {
  if (options === undefined) return [];
  if (!isRecord(options)) return [`${name}: expected an object, was ${show(options)}`];
  const problems: string[] = [];
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (key === 'alarm' || key === 'factor') checkNumber(`${name}.${key}`, value, problems);
    else if (key === 'dailyVolatility' || key === 'dailyVolume') {
      if (!isRecord(value)) problems.push(`${name}.${key}: expected figures by pair, was ${show(value)}`);
      else for (const [pair, figure] of Object.entries(value)) checkNumber(`${name}.${key}.${pair}`, figure, problems);
    } else problems.push(`${name}: unknown option ${key}`);
  }
  return problems;
}

export function readImpact({ alarm, factor, dailyVolatility, dailyVolume }: ImpactOptions = {}): CheckedImpact {
  return {
    alarm: Number(alarm ?? DEFAULT_ALARM),
    factor: Number(factor ?? DEFAULT_FACTOR),
    dailyVolatility: numbersOf(dailyVolatility),
    dailyVolume: numbersOf(dailyVolume),
  };
}

function numbersOf(figures: Readonly<Record<string, string>> = {}): ReadonlyMap<string, number> {
  return new Map(Object.entries(figures).map(([pair, text]) => [pair, Number(text)]));
}

function checkNumber(name: string, value: unknown, problems: string[]): void {
  if (typeof value === 'string' && POSITIVE.test(value) && Number(value) > 0) return;
  problems.push(`${name}: expected decimal text above zero, such as "0.1", was ${show(value)}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
}

const POSITIVE = /^\d{1,30}(?:\.\d{1,30})?$/;
const DEFAULT_ALARM = '0.1';
const DEFAULT_FACTOR = '0.8';
