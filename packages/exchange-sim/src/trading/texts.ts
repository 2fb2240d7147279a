/**
 * Why an order is refused, in Kraken's words. Those marked UNCONFIRMED are ours: Kraken has such a refusal, its text is not published.
 * Fields are named as REST names them, whichever protocol asked (UNCONFIRMED for WebSocket).
 */
export const REFUSED = {
  unknownPair: 'EQuery:Unknown asset pair',
  unknownOrder: 'EOrder:Unknown order',
  /** UNCONFIRMED: of an edit, where the order is of a kind that cannot be edited. */
  notEditable: 'EOrder:Invalid order',
  /** UNCONFIRMED: of an amend that changes nothing. */
  nothingToAmend: 'EOrder:Invalid arguments:no amendable parameters',
  /** UNCONFIRMED. */
  duplicateClOrdId: 'EGeneral:Invalid arguments:duplicate cl_ord_id',
  unavailable: 'EService:Unavailable',
  deadline: 'EService:Deadline elapsed',
  minimum: 'EOrder:Order minimum not met',
  costMinimum: 'EOrder:Cost minimum not met',
  tickSize: 'EOrder:Tick size check failed',
  price: 'EOrder:Invalid price',
  openOrders: 'EOrder:Orders limit exceeded',
  funds: 'EOrder:Insufficient funds',
  postOnly: 'EOrder:Post only order',
  noMargin: 'EOrder:Cannot open position',
  unknownPosition: 'EOrder:Unknown position',
  reduceOnlyNothing: 'EOrder:Reduce only:No position exists',
  reduceOnlyOpens: 'EOrder:Reduce only:Non-PC',
} as const;

export function invalid(field: string): string {
  return `EGeneral:Invalid arguments:${field}`;
}

export function inMode(status: string): string {
  return `EService:Market in ${status} mode`;
}

/**
 * Why an order that was accepted has ended, or was changed. `User requested`, `Post only order` and the text of reduce-only orders are
 * Kraken's, the others are UNCONFIRMED. An order that may not go on from its start or its trigger, or rests without the
 * margin that it needs by now, ends with the text of `REFUSED` (or of its account) as the reason.
 */
export const ENDED = {
  user: 'User requested',
  postOnly: 'Post only order',
  reduceOnly: 'EOrder:Reduce only:Position is closed',
  immediate: 'Immediate or cancel',
  fillOrKill: 'Fill or kill',
  noLiquidity: 'Insufficient liquidity',
  selfTrade: 'Self trade prevention',
  expired: 'Order expired',
  replaced: 'Order replaced',
  deadMan: 'CancelAllOrdersAfter Timeout',
  delisted: 'Market delisted',
  liquidation: 'Liquidation',
} as const;
