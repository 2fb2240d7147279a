import type { FeeRates } from '@kb/model';
import { PaperError, PaperVenue } from '@kb/paper-exec';
import type { TieredFees } from '@kb/paper-exec';

/** What a configuration file may hold: anything at all. */
export type Given = Readonly<Record<string, unknown>>;

/** What a fill costs: rates that stay, fractions as decimal text, or a schedule by the volume of 30 days. */
export type FeeConfig = FeeRates | TieredFees;

/** Checks what the paper venue is configured with, latency apart. */
export function checkVenueConfig(given: Given, problems: string[]): void {
  checkFees(given['fees'], problems);
  if (given['margin'] !== undefined) {
    problems.push('margin: the strategies of a session order without leverage; give an Engine a venue that has margin');
  }
  for (const name of ['latenessMargin', 'pairingWindow']) {
    const wait = given[name];
    if (wait === undefined || (typeof wait === 'number' && Number.isSafeInteger(wait) && wait >= 0)) continue;
    problems.push(`${name}: expected whole microseconds from 0, was ${show(wait)}`);
  }
}

function checkFees(fees: unknown, problems: string[]): void {
  if (!isRecord(fees)) {
    problems.push(`fees: expected maker and taker, or startingVolume, was ${show(fees)}`);
  } else if ('startingVolume' in fees) checkTiers(fees, problems);
  else checkRates(fees, problems);
}

function checkRates(fees: Given, problems: string[]): void {
  for (const role of ['maker', 'taker']) {
    const rate = fees[role];
    if (typeof rate === 'string' && RATE.test(rate) && Math.abs(Number(rate)) < 1) continue;
    problems.push(`fees.${role}: expected a fraction as text, such as "0.0025" for 0.25 %, was ${show(rate)}`);
  }
}

/** The shape is checked here, the figures by the venue that will charge them. */
function checkTiers(fees: Given, problems: string[]): void {
  const before = problems.length;
  const bad = (name: string, expected: string): void => {
    problems.push(`fees.${name}: expected ${expected}, was ${show(fees[name])}`);
  };
  for (const name of Object.keys(fees)) {
    if (!TIERED.has(name)) problems.push(`fees.${name}: expected one of ${[...TIERED].join(', ')}`);
  }
  const { startingVolume, schedule, peggedSchedule, schedules, peggedAssets } = fees;
  if (typeof startingVolume !== 'string') bad('startingVolume', 'US dollars as text, such as "48000"');
  if (schedule !== undefined && !isSchedule(schedule)) bad('schedule', SCHEDULE);
  if (peggedSchedule !== undefined && !isSchedule(peggedSchedule)) bad('peggedSchedule', SCHEDULE);
  if (schedules !== undefined && !(isRecord(schedules) && Object.values(schedules).every(isSchedule))) {
    bad('schedules', `by symbol ${SCHEDULE}`);
  }
  if (peggedAssets !== undefined && !isTexts(peggedAssets)) bad('peggedAssets', 'a list of assets');
  if (problems.length > before) return;
  try {
    const latency = { feed: 0, entry: 0, ack: 0 };
    new PaperVenue({ instruments: [], latency, balances: {}, fees: fees as unknown as TieredFees }); // shape checked
  } catch (error) {
    if (!(error instanceof PaperError)) throw error;
    problems.push(error.message);
  }
}

function isSchedule(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((tier) => isRecord(tier) && isTexts([tier['from'], tier['maker'], tier['taker']]))
  );
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

export function isRecord(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function show(value: unknown): string {
  return typeof value === 'number' || value === undefined ? String(value) : JSON.stringify(value);
}

/** A rebate is negative. */
const RATE = /^-?\d{1,30}(?:\.\d{1,30})?$/;
const SCHEDULE = 'a list of tiers with from, maker and taker as text';
const TIERED: ReadonlySet<string> = new Set<keyof TieredFees>([
  'startingVolume',
  'startingVolumeLeaves',
  'schedule',
  'peggedAssets',
  'peggedSchedule',
  'schedules',
  'volumeStep',
]);
