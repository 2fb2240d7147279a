import { lots } from '@kb/model';
import type { Decimal } from 'decimal.js';
import type { Asset, FeeSchedule, FeeTier } from '../listings/listing.ts';
import { tierAt } from '../accounts/fee-schedule.ts';
import { costOf, Money, ZERO } from '../accounts/money.ts';
import type { PrivateCall, PrivateMethod } from './call.ts';
import type { Json, JsonMembers } from './json-text.ts';
import { money } from './numbers.ts';
import { pairNamed } from './pairs.ts';
import type { AskedPair } from './pairs.ts';
import { Refusal } from './refusal.ts';

/** `{"ZUSD":"171288.6158","XXBT":"1011.1908877900"}`: what open orders hold is part of it. */
function balance(call: PrivateCall): Json {
  const { account } = call;
  return Object.fromEntries(
    ownAssets(call).map((asset) => [asset.legacyId, money(account.balance(asset.id), asset.decimals)]),
  );
}

/** `{"ZUSD":{"balance":"25435.2100","hold_trade":"8249.7600"}}` */
function balanceEx(call: PrivateCall): Json {
  const { account } = call;
  return Object.fromEntries(
    ownAssets(call).map((asset) => [
      asset.legacyId,
      {
        balance: money(account.balance(asset.id), asset.decimals),
        hold_trade: money(account.held(asset.id), asset.decimals),
      },
    ]),
  );
}

function ownAssets({ venue, account }: PrivateCall): readonly Asset[] {
  return account.assets.flatMap((id) => venue.assets.get(id) ?? []);
}

/**
 * Margin figures, valued in `asset`. `ml` only with a position.
 *
 * `uv` is documented as the value of unfilled and partially filled orders: here of what is left of all that are open, on margin or not
 * (UNCONFIRMED). `mfo` is not documented, but in answers, and one client calls it the margin that is free for orders: here free margin
 * less what open orders hold, which is what the next order with leverage is measured against (UNCONFIRMED).
 * @see https://docs.kraken.com/api-reference/account-data/get-trade-balance
 */
function tradeBalance(call: PrivateCall): Json {
  const { venue, account, params } = call;
  const name = params.text('asset') ?? 'ZUSD';
  const asset = venue.findAsset(name);
  if (asset === undefined) throw new Refusal('EQuery:Unknown asset');
  const figures = account.tradeBalance(asset.id);
  const text = (amount: Parameters<typeof money>[0]): string => money(amount, asset.decimals);
  return {
    eb: text(figures.equivalentBalance),
    tb: text(figures.tradeBalance),
    m: text(figures.marginUsed),
    uv: text(unexecutedValue(call, asset.id)),
    n: text(figures.unrealised),
    c: text(figures.costBasis),
    v: text(figures.valuation),
    e: text(figures.equity),
    mf: text(figures.freeMargin),
    mfo: text(account.freeForOrders(asset.id)),
    ml: figures.marginLevel === undefined ? undefined : figures.marginLevel.toFixed(2, Money.ROUND_DOWN),
  };
}

/** At the limit, where there is none at the trigger, and otherwise at the last price. What has no value in the asset counts as nothing. */
function unexecutedValue({ venue, account }: PrivateCall, asset: string): Decimal {
  let sum = ZERO;
  for (const { listing, symbol, qty, filled, limitPrice, trigger } of venue.desk.openOrders(account.name)) {
    const price = limitPrice ?? trigger?.price ?? venue.markets.get(symbol)?.last();
    if (price === undefined) continue;
    const cost = costOf(listing, price, lots(qty - filled));
    sum = sum.plus(account.valueIn(asset, cost, listing.quote.id) ?? ZERO);
  }
  return sum;
}

/**
 * The 30-day volume, and the fees that the next fills of the named pairs pay. Kraken's tiers go by the best of three measures since July 2026;
 * `inputs` has all three, but here fees go by spot volume alone, as the thresholds of the others are not published. What Kraken counts as
 * assets on its platform is UNCONFIRMED: here the value of all balances.
 * @see https://docs.kraken.com/api-reference/account-data/get-trade-volume
 */
function tradeVolume(call: PrivateCall): Json {
  const { venue, account, params, at } = call;
  const volume = account.volume30d(at);
  const pairs = params.list('pair', 2_000).map((name) => pairNamed(venue, name));
  const fees = (side: keyof FeeSchedule): JsonMembers =>
    Object.fromEntries(pairs.map((pair) => [feeKey(pair), feeInfo(pair.market.listing.fees[side], volume)]));
  return {
    currency: 'ZUSD',
    asset_class: 'currency',
    volume: money(volume, 4),
    inputs: {
      domain_spot_volume_30d: money(volume, 4),
      domain_futures_volume_30d: '0.0000',
      domain_assets_on_platform: money(account.tradeBalance('USD').equivalentBalance, 4),
    },
    ...(pairs.length === 0 ? {} : { fees: fees('taker'), fees_maker: fees('maker') }),
    ...(params.flag('fee_schedule')
      ? { schedules: pairs.map((pair) => schedule(feeKey(pair), pair.market.listing.fees, volume)) }
      : {}),
  };
}

/** All steps of a pair, lowest first; the one that the volume has reached is `active`. */
function schedule(pair: string, fees: FeeSchedule, volume: Decimal): JsonMembers {
  const steps = [...new Set([...fees.maker, ...fees.taker].map((step) => step.volume))].toSorted((a, b) => a - b);
  const reached = steps.findLast((step) => volume.gte(step));
  const fee = (side: keyof FeeSchedule, step: number): string =>
    new Money(tierAt(fees[side], new Money(step)).tier.percent).toFixed(4);
  return {
    pair,
    class: 'forex',
    tiers: steps.map((step) => ({
      maker_fee: fee('maker', step),
      taker_fee: fee('taker', step),
      min_spot_volume: new Money(step).toFixed(4),
      active: step === reached,
    })),
  };
}

function feeKey({ market }: AskedPair): string {
  return market.listing.pairId;
}

function feeInfo(tiers: readonly FeeTier[], volume: Parameters<typeof money>[0]): JsonMembers {
  const { tier, next } = tierAt(tiers, volume);
  const percent = (step: FeeTier | undefined): string | null =>
    step === undefined ? null : new Money(step.percent).toFixed(4);
  return {
    fee: percent(tier),
    minfee: percent(tiers.at(-1)),
    maxfee: percent(tiers[0]),
    nextfee: percent(next),
    nextvolume: next === undefined ? null : new Money(next.volume).toFixed(4),
    tiervolume: new Money(tier.volume).toFixed(4),
  };
}

const FUNDS = ['query-funds'] as const;

/** Methods about what an account has, by name. */
export const BALANCE_METHODS: ReadonlyMap<string, PrivateMethod> = new Map<string, PrivateMethod>([
  ['Balance', { permissions: FUNDS, answer: balance }],
  ['BalanceEx', { permissions: FUNDS, answer: balanceEx }],
  ['TradeBalance', { permissions: ['query-open-trades'], answer: tradeBalance }],
  ['TradeVolume', { permissions: FUNDS, answer: tradeVolume }],
]);
