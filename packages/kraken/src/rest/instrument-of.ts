import { instrument, INSTRUMENT_STATUSES, ModelError } from '@kb/model';
import type { Instrument, InstrumentStatus } from '@kb/model';
import type { AssetPair } from './answers.ts';

/**
 * The rules of a pair as the rest of kb knows them. A pair without a status is `online` (an eighth of Kraken's rows have none), one without a
 * tick size has the step of its decimals, one without minimums has one lot and no smallest cost.
 * @throws ModelError `KB_MODEL_BAD_INSTRUMENT` for a name without a slash (dark pools) or a status that kb has no name for, and what
 *   `instrument` throws.
 */
export function instrumentOf(pair: AssetPair): Instrument {
  return instrument({
    symbol: pair.symbol,
    pricePrecision: pair.pairDecimals,
    qtyPrecision: pair.lotDecimals,
    status: statusOf(pair),
    ...(pair.tickSize === undefined ? {} : { tickSize: pair.tickSize }),
    ...(pair.orderMin === undefined ? {} : { minQty: pair.orderMin }),
    ...(pair.costMin === undefined ? {} : { minCost: pair.costMin }),
    ...(pair.costDecimals === undefined ? {} : { costPrecision: pair.costDecimals }),
  });
}

function statusOf({ symbol, status = 'online' }: AssetPair): InstrumentStatus {
  const known = INSTRUMENT_STATUSES.find((each) => each === status);
  if (known === undefined) {
    throw new ModelError(
      'KB_MODEL_BAD_INSTRUMENT',
      `${symbol}: expected a status of ${INSTRUMENT_STATUSES.join(', ')}, was ${JSON.stringify(status)}`,
    );
  }
  return known;
}
