/**
 * Booking a fill and asking for P&L. A fill comes far less often than an event, so this need not be hot; the bench keeps it
 * from becoming slow. The floor is the same bookkeeping in doubles, which is wrong by design.
 */
import { instrument, lots, micros, ticks } from '@kb/model';
import type { FillReport } from '@kb/model';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchRun } from '../../../scripts/bench-kit.ts';
import { Ledger } from '../src/index.ts';

const PAIR = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8 });
const FILLS = 2_000;
const MARKS = { 'BTC/USD': '30000.05' };

export const run: BenchRun = (options) => {
  const fills = Array.from({ length: FILLS }, (_, index) => fillOf(index));
  const times = interleave(
    {
      ledger: () => {
        const ledger = newLedger();
        for (const fill of fills) ledger.apply(fill);
        return ledger.position('BTC/USD').lots;
      },
      doubles: () => {
        const ledger = new DoubleLedger();
        for (const fill of fills) ledger.apply(fill);
        return ledger.position;
      },
    },
    FILLS,
    options,
  );
  const traded = newLedger();
  for (const fill of fills) traded.apply(fill);
  const asks = options.smoke ? 10 : 500;
  const pnl = interleave(
    {
      pnl: () => {
        let sum = 0;
        for (let i = 0; i < asks; i += 1) sum += traded.pnl(MARKS) === undefined ? 0 : 1;
        return sum;
      },
    },
    asks,
    options,
  );
  return [
    {
      name: 'portfolio: book a fill with its fee',
      median: times.ledger,
      unit: 'ns/fill',
      against: 'doubles',
      ratio: times.ledger / times.doubles,
    },
    { name: 'portfolio: P&L of one pair', median: pnl.pnl, unit: 'ns', against: undefined, ratio: undefined },
  ];
};

function newLedger(): Ledger {
  const ledger = new Ledger({ instruments: [PAIR], balances: { USD: '10000', BTC: '1' }, reporting: 'USD' });
  ledger.open(MARKS);
  return ledger;
}

function fillOf(index: number): FillReport {
  return {
    type: 'fill',
    seq: index,
    symbol: 'BTC/USD',
    venueTs: micros(index),
    recvTs: micros(index),
    clientOrderId: 'c1',
    venueOrderId: 'v1',
    fillId: `f${index}`,
    side: index % 3 === 2 ? 'sell' : 'buy',
    price: ticks(300_000 + ((index * 7919) % 400)),
    size: lots(100_000 + ((index * 104_729) % 50_000)),
    remaining: lots(0),
    liquidity: 'maker',
    fee: '0.0750125',
    feeAsset: 'USD',
    rule: 'F5',
    evidence: { tradeIds: [index], bookSeq: index },
    ahead: {},
  };
}

class DoubleLedger {
  position = 0;
  cost = 0;
  realised = 0;
  cash = 0;
  fees = 0;

  apply(fill: FillReport): void {
    const qty = fill.size / 1e8;
    const price = fill.price / 10;
    this.cash -= (fill.side === 'buy' ? qty : -qty) * price + Number(fill.fee);
    this.fees += Number(fill.fee);
    if (fill.side === 'buy') {
      this.position += qty;
      this.cost += qty * price;
    } else {
      const share = (this.cost * qty) / this.position;
      this.realised += qty * price - share;
      this.cost -= share;
      this.position -= qty;
    }
  }
}
