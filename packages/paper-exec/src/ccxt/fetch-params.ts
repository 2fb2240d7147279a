import { BadRequest, NotSupported } from './errors.ts';
import type { CcxtParams } from './order-request.ts';

/** What says which order is meant, where one is asked for. */
export const ORDER_PARAMS: ReadonlySet<string> = new Set(['clientOrderId', 'cl_ord_id']);
/** Milliseconds since 1970 of the last that is wanted; ccxt takes both names. */
export const UNTIL_PARAMS: ReadonlySet<string> = new Set(['until', 'till']);
export const NO_PARAMS: ReadonlySet<string> = new Set();

/** Nothing that a bot asks for is dropped in silence. @throws NotSupported for a parameter that is not known there. */
export function checkParams(params: CcxtParams = {}, known: ReadonlySet<string> = NO_PARAMS): void {
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || known.has(name)) continue;
    throw new NotSupported(`kraken (paper): the parameter ${name} is not known here`);
  }
}

/** Those up to the time that `until` names. @throws NotSupported for other parameters, BadRequest for what is no time. */
export function untilOf<T extends { readonly timestamp: number | undefined }>(
  items: readonly T[],
  params: CcxtParams | undefined,
): readonly T[] {
  checkParams(params, UNTIL_PARAMS);
  const until = params?.['until'] ?? params?.['till'];
  if (until === undefined) return items;
  const last = Number(until);
  if ((typeof until !== 'number' && typeof until !== 'string') || !Number.isFinite(last)) {
    throw new BadRequest(`kraken (paper): until: expected milliseconds since 1970, was ${JSON.stringify(until)}`);
  }
  return items.filter(({ timestamp = 0 }) => timestamp <= last);
}
