import type { Grid, Instrument } from '@kb/model';

export function sameGrid(a: Grid, b: Grid): boolean {
  return a.pricePrecision === b.pricePrecision && a.qtyPrecision === b.qtyPrecision;
}

export function sameInstrument(a: Instrument, b: Instrument): boolean {
  return (
    sameGrid(a, b) &&
    a.base === b.base &&
    a.quote === b.quote &&
    a.status === b.status &&
    a.tickSize === b.tickSize &&
    a.lotSize === b.lotSize &&
    a.minQty === b.minQty &&
    a.minCost === b.minCost &&
    a.costPrecision === b.costPrecision
  );
}
