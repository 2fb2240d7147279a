import { signOf } from '@kb/model';
import type { Lots, Micros, Side, Ticks } from '@kb/model';
import type { Decimal } from 'decimal.js';
import { SimError } from '../errors.ts';
import type { Asset, Listing } from '../listings/listing.ts';
import { isStable } from '../listings/make-listing.ts';
import type { Fill, FillFacts, IdSource, LedgerEntry, Position, TradeBalance, Valuation } from './booking.ts';
import { BoundedLog } from './bounded-log.ts';
import { tierAt } from './fee-schedule.ts';
import { Holds } from './holds.ts';
import { Ledger } from './ledger.ts';
import { MarginBook } from './margin-book.ts';
import type { MarginOutcome } from './margin-book.ts';
import { marginRefusal } from './margin-refusal.ts';
import { amountOf, costOf, ledgerAmount, Money, percentOf, rounded, sizeOf, ZERO } from './money.ts';
import { RollingVolume } from './rolling-volume.ts';
import { heldCollateral, tradeBalanceIn, valueIn } from './trade-balance.ts';
import type { MarginInputs } from './trade-balance.ts';

export type { Fill, FillFacts, IdSource, LedgerEntry, Position, TradeBalance, Valuation } from './booking.ts';

/** Fills that are kept for reading, per account. */
export const FILLS_LIMIT = 10_000;

/** Rate limits go by it. */
export type AccountTier = 'starter' | 'intermediate' | 'pro';

/** How an account begins. Everything is decimal text. */
export interface AccountSpec {
  readonly name: string;
  /** v2 asset name to amount: `{ USD: '10000', BTC: '1.5' }`. */
  readonly balances: Readonly<Record<string, string>>;
  /** `intermediate` when left out. */
  readonly tier?: AccountTier;
  /** 30-day volume in USD that the account comes with; it does not age. `0` when left out. */
  readonly volume30d?: string;
  /** Most that it may borrow for margin positions in all, in USD; no limit when left out. */
  readonly marginAllowance?: string;
}

export interface AccountOptions {
  readonly ids: IdSource;
  readonly at: Micros;
  readonly valuation: Valuation;
  /** By v2 name: their weights as collateral. An asset that is not in it counts in full. */
  readonly assets?: ReadonlyMap<string, Asset>;
  /**
   * Charge the fee of a spot fill in base currency when its order prefers so (`fcib`). False when left out: executions of
   * 2026 say that fees are always in quote currency.
   */
  readonly honourFeePreference?: boolean;
}

/**
 * One client account: balances, holds, ledger, fills, margin positions, 30-day volume. Exact: every amount is a `Decimal`, what one
 * account pays another receives to the last unit, less the fees that `feesPaid` sums.
 *
 * Costs and fees of a fill are in the pair's cost decimals, ledger and balances in those of the asset (USD: 5 and 4), as Kraken
 * shows them. All are rounded half away from zero; Kraken's direction is UNCONFIRMED. Booking never fails: whether an account can pay is
 * asked before an order is taken, and a loss, a fee or a rounding may bring a balance below zero.
 */
export class Account {
  readonly name: string;
  readonly tier: AccountTier;
  readonly #ids: IdSource;
  readonly #valuation: Valuation;
  readonly #assets: ReadonlyMap<string, Asset>;
  readonly #honourFeePreference: boolean;
  readonly #broughtVolume: Decimal;
  readonly #marginAllowance: Decimal | undefined;
  readonly #ledger: Ledger;
  readonly #holds = new Holds();
  readonly #fills = new BoundedLog<Fill>(FILLS_LIMIT);
  readonly #volume = new RollingVolume();
  readonly #margin = new MarginBook();

  /** @throws SimError `KB_SIM_BAD_OPTION` for an amount that is none. */
  constructor(spec: AccountSpec, options: AccountOptions) {
    this.name = spec.name;
    this.tier = spec.tier ?? 'intermediate';
    this.#ids = options.ids;
    this.#valuation = options.valuation;
    this.#assets = options.assets ?? new Map();
    this.#honourFeePreference = options.honourFeePreference ?? false;
    this.#broughtVolume = amountOf(spec.volume30d ?? '0', `30-day volume of ${spec.name}`);
    this.#marginAllowance =
      spec.marginAllowance === undefined ? undefined : amountOf(spec.marginAllowance, `Allowance of ${spec.name}`);
    this.#ledger = new Ledger(options.ids);
    for (const [asset, text] of Object.entries(spec.balances)) {
      const amount = amountOf(text, `${asset} of ${spec.name}`);
      if (amount.isZero()) this.#ledger.touch(asset);
      else this.deposit(asset, amount, options.at);
    }
  }

  /** v2 asset names with a balance, zero balances included once they were touched. */
  get assets(): readonly string[] {
    return this.#ledger.assets;
  }

  balance(asset: string): Decimal {
    return this.#ledger.balance(asset);
  }

  /** Sum held back for open orders. */
  held(asset: string): Decimal {
    return this.#holds.total(asset);
  }

  /** Balance less what is held: what a new spot order may use. */
  available(asset: string): Decimal {
    return this.balance(asset).minus(this.held(asset));
  }

  /**
   * Sets what an open order holds back; zero lets it go. What is held is no collateral for new margin orders either, so a margin order
   * that holds its initial margin in quote currency keeps others from using it too.
   * @throws SimError `KB_SIM_BAD_OPTION` for an amount below zero.
   */
  hold(orderId: string, asset: string, amount: Decimal): void {
    this.#holds.set(orderId, asset, amount);
  }

  /** Percent the next fill pays: the tier reached before it, by 30-day volume in USD. */
  feePercent(listing: Listing, liquidity: 'maker' | 'taker', at: Micros): Decimal {
    return new Money(tierAt(listing.fees[liquidity], this.volume30d(at)).tier.percent);
  }

  /** USD volume of the last 30 days, with what the account came with. Pairs with a stablecoin or fiat as base do not count. */
  volume30d(at: Micros): Decimal {
    return this.#broughtVolume.plus(this.#volume.total(at));
  }

  /** Books a fill: ledger entries, balances, positions, volume. */
  book(facts: FillFacts): { readonly fill: Fill; readonly entries: readonly LedgerEntry[] } {
    const { listing, at, liquidity } = facts;
    const id = this.#ids.next('T');
    const cost = costOf(listing, facts.price, facts.size);
    const percent = this.feePercent(listing, liquidity, at);
    const { entries, fee, feeAsset, margin, position } =
      facts.leverage === 0 ? this.#bookSpot(facts, id, cost, percent) : this.#bookMargin(facts, id, cost, percent);
    const fill: Fill = {
      id,
      tradeId: facts.tradeId,
      orderId: facts.orderId,
      symbol: listing.instrument.symbol,
      listing,
      at,
      side: facts.side,
      price: facts.price,
      size: facts.size,
      liquidity,
      cost,
      fee,
      feeAsset,
      ledgerIds: entries.map((entry) => entry.id),
      margin,
      position,
    };
    this.#fills.push(fill);
    if (!isStable(listing.base)) this.#addVolume(cost, listing, at);
    return { fill, entries };
  }

  /** Adds money from outside (a test, a flag). @throws SimError `KB_SIM_BAD_OPTION` unless the amount is above zero. */
  deposit(asset: string, amount: Decimal, at: Micros): LedgerEntry {
    if (!amount.isFinite() || !amount.gt(0)) {
      throw new SimError('KB_SIM_BAD_OPTION', `Expected a deposit above zero, was ${amount.toFixed()} ${asset}`);
    }
    return this.#ledger.post({ at, type: 'deposit', asset, amount: new Money(amount), fee: ZERO });
  }

  /** The newest 9,000 to 10,000 entries, newest last; `ledgerCount` counts all that ever were. */
  get ledger(): readonly LedgerEntry[] {
    return this.#ledger.entries;
  }

  get ledgerCount(): number {
    return this.#ledger.count;
  }

  /** The newest 9,000 to 10,000 fills, newest last; `fillCount` counts all that ever were. */
  get fills(): readonly Fill[] {
    return this.#fills.entries;
  }

  get fillCount(): number {
    return this.#fills.count;
  }

  /** Fees paid so far by asset, as the ledger has them. Rebates make it smaller. */
  feesPaid(asset: string): Decimal {
    return this.#ledger.feesPaid(asset);
  }

  /** Oldest first. Live: closing and rollovers change them. */
  get positions(): readonly Position[] {
    return this.#margin.positions;
  }

  /** Signed open margin position of a pair in lots: long above zero. */
  openPosition(symbol: string): Lots {
    return this.#margin.net(symbol);
  }

  /** The text a margin order is refused with (`EOrder:Insufficient initial margin`, …), or `undefined` when it may go on. */
  marginRefusal(listing: Listing, side: Side, size: Lots, price: Ticks, leverage: number): string | undefined {
    const net = this.openPosition(listing.instrument.symbol);
    const allowance = this.#marginAllowance;
    const held = this.#heldAmounts();
    return marginRefusal({ listing, side, size, price, leverage, net, held, allowance }, this.#marginInputs());
  }

  /** Margin figures in that asset; not rounded. */
  tradeBalance(asset: string): TradeBalance {
    return tradeBalanceIn(asset, this.#marginInputs());
  }

  /** Free margin less what open orders hold back of the collateral: what a new order with leverage may use; not rounded. */
  freeForOrders(asset: string): Decimal {
    const inputs = this.#marginInputs();
    return tradeBalanceIn(asset, inputs).freeMargin.minus(heldCollateral(asset, this.#heldAmounts(), inputs));
  }

  /** An amount of one asset in another; `undefined` where no market tells. */
  valueIn(asset: string, amount: Decimal, of: string): Decimal | undefined {
    return valueIn(asset, amount, of, this.#valuation);
  }

  /**
   * Settles up to that many lots of positions that an order of this side would close: a long is paid for and its base received, a short
   * is given back and its proceeds received, without a fee. Ends at the first position that what is available does not pay for.
   */
  settle(
    listing: Listing,
    side: Side,
    size: Lots,
    at: Micros,
  ): { readonly settled: Lots; readonly entries: readonly LedgerEntry[] } {
    const { base, quote } = listing;
    const entries: LedgerEntry[] = [];
    const post = (asset: Asset, amount: Decimal, refId: string): void => {
      entries.push(this.#ledger.post({ at, type: 'settled', asset: asset.id, amount, fee: ZERO }, refId));
    };
    const settled = this.#margin.settle(listing, side, size, {
      canPay: (position, part, owed) =>
        position.side === 'buy'
          ? this.available(quote.id).gte(owed)
          : this.available(base.id).gte(sizeOf(listing, part)),
      onSettled: (position, part, owed) => {
        const sign = signOf(position.side);
        post(base, sizeOf(listing, part).times(sign), position.id);
        post(quote, owed.times(-sign), position.id);
      },
    });
    return { settled, entries };
  }

  /** Charges the rollover fees due by then, each at its own time. */
  rollover(at: Micros): readonly LedgerEntry[] {
    const entries: LedgerEntry[] = [];
    for (let due = this.#margin.nextDue; due !== undefined && due.nextRolloverAt <= at; due = this.#margin.nextDue) {
      const dueAt = due.nextRolloverAt;
      const fee = due.rollOver();
      const asset = due.listing.quote.id;
      entries.push(this.#ledger.post({ at: dueAt, type: 'rollover', asset, amount: ZERO, fee }, due.id));
    }
    return entries;
  }

  /** Earliest time a rollover is due; `undefined` without positions. */
  get nextRolloverAt(): Micros | undefined {
    return this.#margin.nextDue?.nextRolloverAt;
  }

  /** Percent, in USD; `undefined` without a position. At `MARGIN_STOP_PERCENT` (40) the desk liquidates. */
  marginLevel(): Decimal | undefined {
    return this.positions.length === 0 ? undefined : this.tradeBalance('USD').marginLevel;
  }

  #bookSpot(facts: FillFacts, id: string, cost: Decimal, percent: Decimal): Booked {
    const { listing, at, side } = facts;
    const { base, quote } = listing;
    const size = sizeOf(listing, facts.size);
    const inBase = facts.feeIn === 'base' && this.#honourFeePreference;
    const fee = inBase
      ? percentOf(size, percent, base.decimals)
      : percentOf(cost, percent, listing.instrument.costPrecision);
    const post = (asset: Asset, amount: Decimal, charged: Decimal): LedgerEntry =>
      this.#ledger.post({ at, type: 'trade', asset: asset.id, amount, fee: charged }, id);
    const sign = signOf(side);
    const entries = [
      post(base, size.times(sign), inBase ? fee : ZERO),
      post(quote, ledgerAmount(cost, quote).times(-sign), inBase ? ZERO : ledgerAmount(fee, quote)),
    ];
    return { entries, fee, feeAsset: inBase ? base.id : quote.id, margin: undefined, position: undefined };
  }

  #bookMargin(facts: FillFacts, id: string, cost: Decimal, percent: Decimal): Booked {
    const { listing, at } = facts;
    const { quote } = listing;
    const tradeFee = percentOf(cost, percent, listing.instrument.costPrecision);
    const { profit, openingFee, margin, opened } = this.#margin.book(facts, id, cost, tradeFee);
    const fee = tradeFee.plus(openingFee);
    const charged = ledgerAmount(fee, quote);
    const entry = this.#ledger.post({ at, type: 'margin', asset: quote.id, amount: profit, fee: charged }, id);
    return { entries: [entry], fee, feeAsset: quote.id, margin, position: opened };
  }

  /** What has no value in USD does not count. Rounded, so that the sum stays exact. */
  #addVolume(cost: Decimal, { quote }: Listing, at: Micros): void {
    const value = valueIn('USD', cost, quote.id, this.#valuation);
    if (value !== undefined) this.#volume.add(rounded(value, 5), at);
  }

  #heldAmounts(): (readonly [string, Decimal])[] {
    return this.#amounts(this.#holds.assets, (asset) => this.held(asset));
  }

  #marginInputs(): MarginInputs {
    return {
      balances: this.#amounts(this.assets, (asset) => this.balance(asset)),
      positions: this.#margin.positions,
      assets: this.#assets,
      valuation: this.#valuation,
    };
  }

  #amounts(assets: Iterable<string>, amountOfAsset: (asset: string) => Decimal): (readonly [string, Decimal])[] {
    return Array.from(assets, (asset) => [asset, amountOfAsset(asset)] as const);
  }
}

/** How a fill went into the ledger. */
interface Booked {
  readonly entries: readonly LedgerEntry[];
  readonly fee: Decimal;
  readonly feeAsset: string;
  readonly margin: MarginOutcome['margin'] | undefined;
  readonly position: MarginOutcome['opened'];
}
