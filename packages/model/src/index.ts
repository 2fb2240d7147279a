export type { BookChanges, BookView } from './book.ts';
export type { CancelTask, Clock, Scheduler } from './clock.ts';
export { bigCountToDecimal, countToDecimal, decimalToCount } from './decimal-text.ts';
export { assertNever, KbError, MODEL_ERROR_CODES, ModelError } from './errors.ts';
export type { ModelErrorCode } from './errors.ts';
export type * from './execution-report.ts';
export {
  INSTRUMENT_STATUSES,
  instrument,
  lotsToQty,
  priceToTicks,
  qtyToLots,
  ticksToPrice,
} from './instrument.ts';
export type { Grid, Instrument, InstrumentSpec, InstrumentStatus } from './instrument.ts';
export type * from './intent.ts';
export { KeyedRandom, keyedRandom } from './keyed-random.ts';
export type * from './market-event.ts';
export { opposite, signOf } from './side.ts';
export type { Side } from './side.ts';
export { isoToMicros, microsToIso } from './timestamp.ts';
export { lots, micros, MILLISECOND, NO_LOTS, notional, SECOND, ticks } from './units.ts';
export type { Lots, Micros, Ticks } from './units.ts';
export type * from './venue.ts';
export type * from './views.ts';
export { VirtualScheduler } from './virtual-scheduler.ts';
