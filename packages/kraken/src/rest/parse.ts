import { SymbolNames } from '../symbol-names.ts';
import type {
  AssetInfo,
  AssetPair,
  DepthAnswer,
  OhlcAnswer,
  ServerTime,
  SpreadAnswer,
  SystemStatusAnswer,
  Ticker,
  TradesAnswer,
} from './answers.ts';
import { openEnvelope, resultOf } from './place.ts';
import type { Place } from './place.ts';
import { readAssetPairs, readAssets } from './read-listing.ts';
import { readDepth, readOhlc, readSpread, readTickers, readTrades } from './read-market.ts';
import { readServerTime, readSystemStatus } from './read-status.ts';

/**
 * Parsers of whole answers (`{"error":[],"result":…}`), for answers that were stored or came over another transport. Pure.
 *
 * They check every field they know and let be what they do not. Each throws `RestAnswerError`: `KB_KRAKEN_REST_BAD_JSON` (cut, not JSON, a
 * key twice), `KB_KRAKEN_REST_BAD_ANSWER` (a field is missing or not what it should be; `path` says which) or `KB_KRAKEN_REST_VENUE_ERROR`
 * (the answer is an error; `venueErrors` has the texts). A pair whose key `names` does not know is named by its key.
 */
export type AnswerText = string | Uint8Array;

/** @see https://docs.kraken.com/api/docs/rest-api/get-server-time */
export function parseServerTime(answer: AnswerText): ServerTime {
  return readServerTime(resultIn(answer));
}

/** @see https://docs.kraken.com/api/docs/rest-api/get-system-status */
export function parseSystemStatus(answer: AnswerText): SystemStatusAnswer {
  return readSystemStatus(resultIn(answer));
}

/** By v2 name. @see https://docs.kraken.com/api/docs/rest-api/get-asset-info */
export function parseAssets(answer: AnswerText): ReadonlyMap<string, AssetInfo> {
  return readAssets(resultIn(answer));
}

/** By v2 name. @see https://docs.kraken.com/api/docs/rest-api/get-tradable-asset-pairs */
export function parseAssetPairs(answer: AnswerText): ReadonlyMap<string, AssetPair> {
  return readAssetPairs(resultIn(answer));
}

/** By v2 name. @see https://docs.kraken.com/api/docs/rest-api/get-ticker-information */
export function parseTicker(answer: AnswerText, names?: SymbolNames): ReadonlyMap<string, Ticker> {
  return readTickers(resultIn(answer), namedBy(names));
}

/** @see https://docs.kraken.com/api/docs/rest-api/get-ohlc-data */
export function parseOhlc(answer: AnswerText, names?: SymbolNames): OhlcAnswer {
  return readOhlc(resultIn(answer), namedBy(names));
}

/** @see https://docs.kraken.com/api/docs/rest-api/get-order-book */
export function parseDepth(answer: AnswerText, names?: SymbolNames): DepthAnswer {
  return readDepth(resultIn(answer), namedBy(names));
}

/** @see https://docs.kraken.com/api/docs/rest-api/get-recent-trades */
export function parseTrades(answer: AnswerText, names?: SymbolNames): TradesAnswer {
  return readTrades(resultIn(answer), namedBy(names));
}

/** @see https://docs.kraken.com/api/docs/rest-api/get-recent-spreads */
export function parseSpread(answer: AnswerText, names?: SymbolNames): SpreadAnswer {
  return readSpread(resultIn(answer), namedBy(names));
}

function resultIn(answer: AnswerText): Place {
  return resultOf(openEnvelope(answer));
}

function namedBy(names: SymbolNames = new SymbolNames()): (key: string) => string {
  return (key) => names.symbolOf(key) ?? key;
}
