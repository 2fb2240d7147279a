// oxlint-disable typescript/no-non-null-assertion -- hot path: `Ring` proves every word
import { lots, micros, ticks } from '@kb/model';
import type { TradeEvent } from '@kb/model';
import type { Packing } from './ring.ts';

/** How the trades of one symbol are kept. */
export function tradePacking(symbol: string): Packing<TradeEvent> {
  return {
    words: 7,
    write(trade, { numbers }, at) {
      numbers[at] = trade.seq;
      numbers[at + 1] = trade.venueTs;
      numbers[at + 2] = trade.recvTs;
      numbers[at + 3] = trade.tradeId;
      numbers[at + 4] = trade.price;
      numbers[at + 5] = trade.size;
      numbers[at + 6] = (trade.taker === 'sell' ? SELL : 0) | (trade.historical ? HISTORICAL : 0);
    },
    read({ numbers }, at) {
      const flags = numbers[at + 6]!;
      return {
        type: 'trade',
        seq: numbers[at]!,
        venueTs: micros(numbers[at + 1]!),
        recvTs: micros(numbers[at + 2]!),
        symbol,
        tradeId: numbers[at + 3]!,
        price: ticks(numbers[at + 4]!),
        size: lots(numbers[at + 5]!),
        taker: (flags & SELL) === 0 ? 'buy' : 'sell',
        historical: (flags & HISTORICAL) !== 0,
      };
    },
  };
}

const SELL = 1;
const HISTORICAL = 2;
