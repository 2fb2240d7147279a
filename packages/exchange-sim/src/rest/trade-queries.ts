import { lots, signOf } from '@kb/model';
import type { Decimal } from 'decimal.js';
import { Money, sizeOf, ZERO } from '../accounts/money.ts';
import type { Fill, Position } from '../accounts/account.ts';
import type { Listing } from '../listings/listing.ts';
import type { PrivateCall, PrivateMethod } from './call.ts';
import type { Json, JsonMembers } from './json-text.ts';
import { longPrice, money, NOTHING, quantity, seconds, wholeSeconds } from './numbers.ts';
import { askedSpan, isWithin, page } from './paging.ts';
import { consolidated, rowOf } from './trade-rows.ts';
import type { TradeRow } from './trade-rows.ts';

/** Trades that one call of `QueryTrades` may name (UNCONFIRMED: sources have 20 and 50). */
const MOST_ASKED = 50;

const TRADE_TYPES = ['all', 'any position', 'closed position', 'closing position', 'no position'] as const;
type TradeType = (typeof TRADE_TYPES)[number];

/** Newest first, 50 a page; `count` is that of all pages. */
function tradesHistory(call: PrivateCall): Json {
  const { account, params } = call;
  const type = params.choice('type', TRADE_TYPES) ?? 'all';
  const rows = params.flag('consolidate_taker', true) ? consolidated(account.fills) : account.fills.map(rowOf);
  const span = askedSpan(params, (id) => rows.find((row) => row.id === id || row.fill.id === id)?.fill.at);
  const found = rows.filter(({ fill }) => isOfType(fill, type) && isWithin(fill.at, span));
  return { trades: tradeMap(call, page(params, found.toReversed())), count: found.length };
}

/** By ids of fills or of consolidated trades. Unknown ones are passed over (UNCONFIRMED). */
function queryTrades(call: PrivateCall): Json {
  const { account, params } = call;
  const ids = params.list('txid', MOST_ASKED);
  if (ids.length === 0) throw params.invalid('txid');
  const rows = new Map([...account.fills.map(rowOf), ...consolidated(account.fills)].map((row) => [row.id, row]));
  return tradeMap(
    call,
    ids.flatMap((id) => rows.get(id) ?? []),
  );
}

function isOfType({ margin, position }: Fill, type: TradeType): boolean {
  switch (type) {
    case 'all':
      return true;
    case 'any position':
      return margin !== undefined;
    case 'closed position':
      return position !== undefined && !isOpen(position);
    case 'closing position':
      return margin?.effect === 'closed';
    case 'no position':
      return margin === undefined;
    default:
      return type satisfies never;
  }
}

function isOpen({ size, closed }: Position): boolean {
  return closed < size;
}

function tradeMap(call: PrivateCall, rows: readonly TradeRow[]): JsonMembers {
  return Object.fromEntries(rows.map((row) => [row.id, tradeObject(call, row)]));
}

/** The pair is named by its id here, in the description of an order by its altname. */
function tradeObject(call: PrivateCall, row: TradeRow): JsonMembers {
  const { venue, account, params } = call;
  const { id, fill } = row;
  const order = venue.desk.order(account.name, { orderId: fill.orderId });
  const { listing } = fill;
  const pair = listing.instrument;
  return {
    ordertxid: fill.orderId,
    postxid: id,
    pair: listing.pairId,
    aclass: 'forex',
    time: seconds(fill.at, 4),
    type: fill.side,
    ordertype: kindOf(order?.request.kind),
    price: row.price,
    cost: money(row.cost, pair.costPrecision),
    fee: money(row.fee, pair.costPrecision),
    vol: quantity(row.size, pair),
    margin: fill.margin === undefined ? NOTHING : money(fill.margin.cost, pair.costPrecision),
    leverage: String(order?.leverage ?? 0),
    misc: fill.margin?.effect === 'closed' ? 'closing' : '',
    trade_id: fill.tradeId,
    maker: fill.liquidity === 'maker',
    ...(params.flag('ledgers') ? { ledgers: row.ledgerIds } : {}),
    ...(fill.position === undefined ? {} : closingFigures(fill.position, params.flag('trades'))),
  };
}

/**
 * What a trade that opened a position says of it. The figures of the closed part are there when there is one (UNCONFIRMED: the documentation has
 * them with every position, an example of 2020 has a closed one without).
 *
 * As in Kraken's examples they are text and cut off at the pair's price decimals; `cmargin` is the closing cost by the leverage, and `net`,
 * in the decimals of the quote currency, is less the fees of opening and closing. (In an example of 2020, a sale of 34.50854049 for
 * 6852.98722 and 15.07658 of fees, closed at 213.54: ccost 7369.11, cfee 14.73, cmargin 1842.27, four to one, and net -545.9409.)
 */
function closingFigures(position: Position, withTrades: boolean): JsonMembers {
  const posstatus = isOpen(position) ? 'open' : 'closed';
  const { listing, closedPart, leverage, fee, size } = position;
  if (closedPart.size === 0) return { posstatus };
  const { pricePrecision } = listing.instrument;
  const cutOff = (amount: Decimal): string => amount.toFixed(pricePrecision, Money.ROUND_DOWN);
  const openingFee = fee.times(closedPart.size).div(size);
  return {
    posstatus,
    cprice: cutOff(closedPart.cost.div(sizeOf(listing, closedPart.size))),
    ccost: cutOff(closedPart.cost),
    cfee: cutOff(closedPart.fee),
    cvol: quantity(closedPart.size, listing.instrument),
    cmargin: cutOff(closedPart.cost.div(leverage)),
    net: signed(closedPart.profit.minus(closedPart.fee).minus(openingFee), listing),
    ...(withTrades ? { trades: closedPart.trades } : {}),
  };
}

/** `+154186.9728`: in the decimals of the quote currency. */
function signed(amount: Decimal, { quote }: Listing): string {
  const text = amount.toFixed(quote.decimals, Money.ROUND_HALF_UP);
  return text.startsWith('-') ? text : `+${text}`;
}

/** An order so old that it is forgotten is called a limit order. */
function kindOf(kind: string | undefined): string {
  return kind ?? 'limit';
}

/**
 * Margin positions by id; `value` and `net` at the last price with `docalcs`. With `consolidation=market` a list of what each market and side
 * has in all (UNCONFIRMED).
 */
function openPositions(call: PrivateCall): Json {
  const { account, params } = call;
  const ids = params.list('txid', MOST_ASKED);
  const consolidation = params.choice('consolidation', ['market']);
  const found = account.positions.filter(({ id }) => ids.length === 0 || ids.includes(id));
  if (consolidation !== undefined) return consolidatedPositions(call, found);
  return Object.fromEntries(found.map((position) => [position.id, positionObject(call, position)]));
}

function positionObject(call: PrivateCall, position: Position): JsonMembers {
  const { venue, account } = call;
  const order = venue.desk.order(account.name, { orderId: position.orderId });
  const { listing } = position;
  const { costPrecision } = listing.instrument;
  return {
    ordertxid: position.orderId,
    posstatus: 'open',
    pair: listing.pairId,
    class: 'forex',
    time: seconds(position.openedAt, 4),
    type: position.side,
    ordertype: kindOf(order?.request.kind),
    cost: money(position.cost, costPrecision),
    fee: money(position.fee, costPrecision),
    vol: quantity(position.size, listing.instrument),
    vol_closed: quantity(position.closed, listing.instrument),
    margin: money(position.margin, costPrecision),
    ...calculations(call, [position], listing),
    terms: position.terms,
    rollovertm: String(wholeSeconds(position.nextRolloverAt)),
    misc: '',
    oflags: '',
  };
}

function consolidatedPositions(call: PrivateCall, positions: readonly Position[]): Json {
  const groups = Map.groupBy(positions, ({ symbol, side, leverage }) => `${symbol} ${side} ${leverage}`);
  return [...groups.values()].flatMap((group): Json[] => {
    const [first] = group;
    const listing = first && call.venue.markets.get(first.symbol)?.listing;
    if (first === undefined || listing === undefined) return [];
    const { costPrecision } = listing.instrument;
    const sum = (amount: (position: Position) => Position['cost']): Position['cost'] =>
      group.reduce((total, position) => total.plus(amount(position)), ZERO);
    const volume = (size: (position: Position) => number): string =>
      quantity(lots(group.reduce((total, position) => total + size(position), 0)), listing.instrument);
    return [
      {
        pair: listing.pairId,
        positions: String(group.length),
        type: first.side,
        leverage: first.leverage.toFixed(5),
        cost: money(
          sum(({ cost }) => cost),
          costPrecision,
        ),
        fee: money(
          sum(({ fee }) => fee),
          costPrecision,
        ),
        vol: volume(({ size }) => size),
        vol_closed: volume(({ closed }) => closed),
        margin: money(
          sum(({ margin }) => margin),
          costPrecision,
        ),
        ...calculations(call, group, listing),
      },
    ];
  });
}

/** What the open part of positions of one side is worth at the last price, and what it has won. Nothing before the first trade. */
function calculations({ venue, params }: PrivateCall, positions: readonly Position[], listing: Listing): JsonMembers {
  const [first] = positions;
  const market = first && venue.markets.get(first.symbol);
  const last = market?.last();
  if (!params.flag('docalcs') || first === undefined || market === undefined || last === undefined) return {};
  const { instrument: pair } = listing;
  // In the decimals of now: those of prices may have changed since the position was opened.
  const price = longPrice(last, market.listing.instrument);
  let [value, cost] = [ZERO, ZERO];
  for (const position of positions) {
    const open = sizeOf(listing, lots(position.size - position.closed));
    value = value.plus(open.times(price));
    cost = cost.plus(position.cost.times(open).div(sizeOf(listing, position.size)));
  }
  const net = value.minus(cost).times(signOf(first.side));
  return { value: money(value, pair.pricePrecision), net: signed(net, listing) };
}

const CLOSED = ['query-closed-trades'] as const;

/** Methods about an account's trades and margin positions, by name. */
export const TRADE_QUERIES: ReadonlyMap<string, PrivateMethod> = new Map<string, PrivateMethod>([
  ['TradesHistory', { permissions: CLOSED, answer: tradesHistory }],
  ['QueryTrades', { permissions: CLOSED, answer: queryTrades }],
  ['OpenPositions', { permissions: ['query-open-trades'], answer: openPositions }],
]);
