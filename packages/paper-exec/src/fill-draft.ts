import { lots } from '@kb/model';
import type { FillReport, QueueModelId } from '@kb/model';
import type { BookedFill } from './account/account.ts';
import type { MatchedFill } from './matching/matched-fill.ts';
import type { PaperOrder, QueueState } from './matching/paper-order.ts';

/**
 * A fill in the words of a report, with what justifies it.
 *
 * @param models Names of the queue models, in the order of the order's states.
 * @param shadow The model that made it, when it is not the one that the strategy follows: its fill ids are its own.
 */
export function fillDraft(
  order: PaperOrder,
  state: QueueState,
  models: readonly QueueModelId[],
  shadow: QueueModelId | undefined,
  fill: MatchedFill,
  { fee, margin }: BookedFill,
  bookSeq: number,
): Omit<FillReport, 'seq' | 'recvTs'> {
  const { clientOrderId, instrument, side, venueOrderId } = order;
  const { at, liquidity, price, recovered, rule, size, tradeId } = fill;
  const tradeIds = tradeId === undefined ? [] : [tradeId];
  return {
    type: 'fill',
    symbol: instrument.symbol,
    venueTs: at,
    clientOrderId,
    venueOrderId,
    fillId: shadow === undefined ? `${venueOrderId}-${state.fills}` : `${venueOrderId}-${shadow}-${state.fills}`,
    side,
    price,
    size,
    remaining: lots(state.remaining + order.withheld),
    liquidity,
    fee: fee.text,
    feeAsset: fee.asset,
    tierBps: fee.tierBps,
    ...(margin === undefined ? {} : { margin }),
    rule,
    evidence: recovered ? { tradeIds, bookSeq, recovered: true } : { tradeIds, bookSeq },
    ahead: liquidity === 'taker' ? {} : aheads(order, models),
  };
}

/** Lots ahead just before, by model; without those that were done by then or never saw the level. */
function aheads(order: PaperOrder, models: readonly QueueModelId[]): Partial<Record<QueueModelId, number>> {
  const aheads: Partial<Record<QueueModelId, number>> = {};
  const { states } = order;
  for (let index = 0; index < models.length; index += 1) {
    const id = models[index];
    const before = states[index]?.before;
    if (id !== undefined && before !== undefined && Number.isFinite(before)) aheads[id] = before;
  }
  return aheads;
}
