import type { Asset, FeeSchedule, FeeTier } from '../listings/listing.ts';
import { tierAt } from '../accounts/fee-schedule.ts';
import { Money } from '../accounts/money.ts';
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

/** Margin figures, valued in `asset`. `ml` only with a position. `uv` and `mfo` of 2024 are left out. */
function tradeBalance({ venue, account, params }: PrivateCall): Json {
  const name = params.text('asset') ?? 'ZUSD';
  const asset = venue.findAsset(name);
  if (asset === undefined) throw new Refusal('EQuery:Unknown asset');
  const figures = account.tradeBalance(asset.id);
  const text = (amount: Parameters<typeof money>[0]): string => money(amount, asset.decimals);
  return {
    eb: text(figures.equivalentBalance),
    tb: text(figures.tradeBalance),
    m: text(figures.marginUsed),
    n: text(figures.unrealised),
    c: text(figures.costBasis),
    v: text(figures.valuation),
    e: text(figures.equity),
    mf: text(figures.freeMargin),
    ml: figures.marginLevel === undefined ? undefined : figures.marginLevel.toFixed(2, Money.ROUND_DOWN),
  };
}

/** The 30-day volume, and the fees that the next fills of the named pairs pay. */
function tradeVolume(call: PrivateCall): Json {
  const { venue, account, params, at } = call;
  const volume = account.volume30d(at);
  const pairs = params.list('pair', 2_000).map((name) => pairNamed(venue, name));
  const fees = (side: keyof FeeSchedule): JsonMembers =>
    Object.fromEntries(pairs.map((pair) => [feeKey(pair), feeInfo(pair.market.listing.fees[side], volume)]));
  return {
    currency: 'ZUSD',
    volume: money(volume, 4),
    ...(pairs.length === 0 ? {} : { fees: fees('taker'), fees_maker: fees('maker') }),
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
