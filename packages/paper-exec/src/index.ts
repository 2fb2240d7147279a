export { PAPER_ERROR_CODES, PaperError } from './errors.ts';
export type { PaperErrorCode } from './errors.ts';
export { FEE_DECIMALS } from './funds.ts';
export type { Latency, PaperVenueOptions } from './options.ts';
export { PaperVenue } from './paper-venue.ts';
export type { PaperVenueHealth, QueueEstimate } from './paper-venue.ts';
export { QUEUE_MODELS } from './queue-models.ts';
export type { QueueModel } from './queue-models.ts';
