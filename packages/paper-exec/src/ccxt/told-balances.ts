import { Decimal } from 'decimal.js';
import type { PlainAccountReport } from '../plain-account-report.ts';
import type { PlainReport } from '../plain-report.ts';
import type { OwnOrder } from './own-order.ts';
import type { CcxtBalance, CcxtBalances } from './structures.ts';

type FillReport = Extract<PlainReport, { type: 'fill' }>;

/** Balances as far as reports have told: the venue's own move before those arrive, which no bot could know. */
export class ToldBalances {
  readonly #totals: Map<string, Decimal>;

  /** @param balances Starting amounts by asset, decimal text. */
  constructor(balances: Readonly<Record<string, string>>) {
    this.#totals = new Map(Object.entries(balances).map(([asset, text]) => [asset, new Decimal(text)]));
  }

  takeFill(fill: FillReport): void {
    const [base = '', quote = ''] = fill.symbol.split('/');
    this.#add(fill.feeAsset, new Decimal(fill.fee).negated());
    if (fill.margin !== undefined) {
      this.#add(quote, new Decimal(fill.margin.realised).minus(fill.margin.openingFee));
      return;
    }
    const size = new Decimal(fill.size);
    const cost = size.times(fill.price);
    this.#add(base, fill.side === 'buy' ? size : size.negated());
    this.#add(quote, fill.side === 'buy' ? cost.negated() : cost);
  }

  takeAccountReport(report: PlainAccountReport): void {
    if (report.type === 'rollover') this.#add(report.feeAsset, new Decimal(report.fee).negated());
  }

  /** @param open The open orders, which hold what they may still cost. */
  structure(open: readonly OwnOrder[]): CcxtBalances {
    const held = new Map<string, Decimal>();
    for (const { heldAt, remaining, terms } of open) {
      if (heldAt === undefined) continue;
      const [base = '', quote = ''] = terms.symbol.split('/');
      const asset = terms.side === 'buy' ? quote : base;
      held.set(asset, (held.get(asset) ?? ZERO).plus(remaining.times(heldAt)));
    }
    const entries = [...this.#totals].map(([asset, total]): [string, CcxtBalance] => {
      const used = held.get(asset) ?? ZERO;
      return [asset, { free: total.minus(used).toNumber(), used: used.toNumber(), total: total.toNumber() }];
    });
    const column = (name: keyof CcxtBalance): Record<string, number> =>
      Object.fromEntries(entries.map(([asset, balance]) => [asset, balance[name]]));
    return {
      info: Object.fromEntries([...this.#totals].map(([asset, total]) => [asset, total.toFixed()])),
      timestamp: undefined,
      datetime: undefined,
      ...Object.fromEntries(entries),
      free: column('free'),
      used: column('used'),
      total: column('total'),
    } as unknown as CcxtBalances;
  }

  #add(asset: string, amount: Decimal): void {
    this.#totals.set(asset, (this.#totals.get(asset) ?? ZERO).plus(amount));
  }
}

const ZERO = new Decimal(0);
