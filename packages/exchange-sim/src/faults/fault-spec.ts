import { micros } from '@kb/model';
import type { Micros, SystemStatus } from '@kb/model';
import { SimError } from '../errors.ts';
import { FAULT_KINDS, isFaultKind } from './fault-kinds.ts';
import type { FaultKind, FaultRule } from './fault-kinds.ts';
import { LONGEST_TIME, readTime, timeText } from './fault-values.ts';
import type { FaultValue } from './fault-values.ts';
import { DATA_CHANNELS } from './seen-frame.ts';

/** A fault that is to happen: plain data. */
export interface FaultSpec {
  readonly kind: FaultKind;
  /** As in its text: `5%`, `late:2s`. The kind's own when left out. */
  readonly value?: string;
  /** When it begins, from its injection on; at once when left out. */
  readonly at?: Micros;
  /** How long it holds. Left out: a strike waits until it is used up, a state stays until it is cleared. */
  readonly for?: Micros | 'ever';
  /** It begins again so long after each beginning. */
  readonly every?: Micros;
  /**
   * How often. Of a strike: how many are struck in all; 1 when neither this nor `for` is given, and with `every` one at each beginning. Of
   * a moment or a state: how many times it begins.
   */
  readonly count?: number;
  /** v2 symbol of the only pair that is hit. */
  readonly symbol?: string;
  /** The only channel that is hit. */
  readonly channel?: string;
}

/**
 * Reads faults as people write them: `kind[=value][@start][,for=…][,every=…][,count=…][,pair=…][,channel=…]`.
 * `drop=5%@30s,for=1m,pair=BTC/USD`: from second 30 on, for a minute, a twentieth of the updates of BTC/USD is lost.
 * @throws SimError `KB_SIM_BAD_OPTION` with all mistakes of all texts.
 */
export function parseFaults(texts: readonly string[]): readonly FaultSpec[] {
  const specs: FaultSpec[] = [];
  const mistakes: string[] = [];
  for (const text of texts) {
    const draft = draftOf(text);
    const found = [...draft.mistakes, ...mistakesOf(draft.spec)];
    mistakes.push(...found.map((mistake) => `${text}: ${mistake}`));
    if (found.length === 0 && isFaultKind(draft.spec.kind)) specs.push({ ...draft.spec, kind: draft.spec.kind });
  }
  if (mistakes.length > 0) throw badFaults(mistakes);
  return specs;
}

/** The text that `parseFaults` reads as this fault. */
export function faultText(spec: FaultSpec): string {
  const value = spec.value === undefined ? '' : `=${spec.value}`;
  const at = spec.at === undefined ? '' : `@${timeText(spec.at)}`;
  const rest = [
    spec.for === undefined ? '' : `,for=${spec.for === 'ever' ? 'ever' : timeText(spec.for)}`,
    spec.every === undefined ? '' : `,every=${timeText(spec.every)}`,
    spec.count === undefined ? '' : `,count=${spec.count}`,
    spec.symbol === undefined ? '' : `,pair=${spec.symbol}`,
    spec.channel === undefined ? '' : `,channel=${spec.channel}`,
  ];
  return `${spec.kind}${value}${at}${rest.join('')}`;
}

/** The value of a fault, read. @throws SimError `KB_SIM_BAD_OPTION` with all mistakes of the fault. */
export function valueOf(spec: FaultSpec): FaultValue {
  const mistakes = mistakesOf(spec);
  const text = spec.value ?? FAULT_KINDS[spec.kind].value?.otherwise;
  const value = text === undefined ? NO_VALUE : FAULT_KINDS[spec.kind].value?.read(text);
  if (mistakes.length > 0 || value === undefined) throw badFaults(mistakes.map((each) => `${spec.kind}: ${each}`));
  return value;
}

const NO_VALUE: FaultValue = { word: '', amount: 0 };

export const SYSTEM_STATUSES: readonly SystemStatus[] = ['online', 'cancel_only', 'maintenance', 'post_only'];

function badFaults(mistakes: readonly string[]): SimError {
  return new SimError('KB_SIM_BAD_OPTION', mistakes.join('\n'), {
    hint: 'A fault is kind[=value][@start][,for=30s][,every=5m][,count=3][,pair=BTC/USD][,channel=book].',
  });
}

/** What was written, before it is known to be right. */
interface Draft {
  readonly spec: Omit<FaultSpec, 'kind'> & { readonly kind: string };
  readonly mistakes: readonly string[];
}

type Options = { -readonly [Name in 'at' | 'for' | 'every' | 'count' | 'symbol' | 'channel']?: FaultSpec[Name] };

function draftOf(text: string): Draft {
  const [head = '', ...tail] = text.split(',');
  // The start stands behind the last @, and a kind holds none: texts of a value may.
  const [, named = head, start] = /^(.*)@([^@]*)$/.exec(head) ?? [];
  const [, kind = named, value] = /^([^=]*)=(.*)$/.exec(named) ?? [];
  const mistakes: string[] = [];
  const options: Options = {};
  for (const option of [...(start === undefined ? [] : [`at=${start}`]), ...tail]) {
    const mistake = readOption(option, options);
    if (mistake !== undefined) mistakes.push(mistake);
  }
  return { spec: { kind, ...(value === undefined ? {} : { value }), ...options }, mistakes };
}

/** @returns What is wrong with it. */
function readOption(option: string, options: Options): string | undefined {
  const [, name = '', text = ''] = /^([^=]*)=(.*)$/.exec(option) ?? [];
  if (name === 'for' && text === 'ever') {
    options.for = 'ever';
    return undefined;
  }
  switch (name) {
    case 'at':
    case 'for':
    case 'every': {
      const duration = readTime(text);
      if (duration === undefined) return `${name === 'at' ? '@' : name} takes a time such as 30s, was "${text}"`;
      options[name] = micros(duration);
      return undefined;
    }
    case 'count':
      options.count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
      return undefined;
    case 'pair':
      options.symbol = text;
      return undefined;
    case 'channel':
      options.channel = text;
      return undefined;
    default:
      return `unknown option "${option}"`;
  }
}

function mistakesOf(spec: Draft['spec']): readonly string[] {
  if (!isFaultKind(spec.kind)) return [`unknown kind "${spec.kind}"; there are ${Object.keys(FAULT_KINDS).join(', ')}`];
  const rule: FaultRule = FAULT_KINDS[spec.kind];
  return [...valueMistakes(spec, rule), ...timeMistakes(spec, rule), ...targetMistakes(spec, rule)];
}

function valueMistakes(spec: Draft['spec'], rule: FaultRule): readonly string[] {
  if (rule.value === undefined) return spec.value === undefined ? [] : ['takes no value'];
  const text = spec.value ?? rule.value.otherwise;
  if (text === undefined) return [`needs a value: ${rule.value.expects}`];
  if (rule.value.read(text) === undefined) return [`expected ${rule.value.expects}, was "${text}"`];
  if (spec.kind === 'status' && spec.symbol === undefined && !SYSTEM_STATUSES.some((status) => status === text)) {
    return [`only a pair can be ${text}; the system is one of ${SYSTEM_STATUSES.join(', ')}`];
  }
  return [];
}

function timeMistakes(spec: Draft['spec'], { mode }: FaultRule): readonly string[] {
  const mistakes: string[] = [];
  if (spec.at !== undefined && spec.at < 0) mistakes.push('cannot begin in the past');
  const times = [spec.at, spec.for, spec.every].filter((time) => typeof time === 'number');
  if (times.some((time) => !(time <= LONGEST_TIME))) mistakes.push('no time can be longer than a year');
  if (spec.every !== undefined && spec.every <= 0) mistakes.push('every takes a time above zero');
  if (spec.count !== undefined && !(Number.isSafeInteger(spec.count) && spec.count > 0)) {
    mistakes.push('count takes a whole number above zero');
  }
  if (mode === 'moment' && spec.for !== undefined)
    mistakes.push('happens in a moment and takes no for; every repeats it');
  else if (spec.for !== undefined && spec.for !== 'ever' && spec.for <= 0) mistakes.push('for takes a time above zero');
  if (mode !== 'strike' && spec.count !== undefined && spec.every === undefined) {
    mistakes.push('count needs every: how often it begins');
  }
  if (spec.every === undefined) return mistakes;
  if (mode === 'state' && spec.for === undefined) mistakes.push('every needs for: how long it holds each time');
  if (spec.for === 'ever' || (spec.for !== undefined && spec.for >= spec.every)) {
    mistakes.push('for must be shorter than every');
  }
  return mistakes;
}

function targetMistakes(spec: Draft['spec'], rule: FaultRule): readonly string[] {
  const mistakes: string[] = [];
  if (spec.symbol !== undefined && rule.pair === undefined) mistakes.push('cannot be limited to a pair');
  if (spec.symbol === undefined && rule.pair === 'must') mistakes.push('needs pair=');
  if (spec.symbol === '' || spec.channel === '') mistakes.push('pair and channel take a name');
  if (spec.channel === undefined || spec.channel === '') return mistakes;
  if (rule.channel === undefined) mistakes.push('cannot be limited to a channel');
  else if (!DATA_CHANNELS.has(spec.channel)) {
    mistakes.push(`there is no channel "${spec.channel}"; there are ${[...DATA_CHANNELS].join(', ')}`);
  }
  return mistakes;
}
