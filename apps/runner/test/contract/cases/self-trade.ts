import type { ContractCase } from '../contract-case.ts';
import { amend, place, rests } from '../script.ts';

/** Own orders that would trade with each other. */
export const SELF_TRADE: readonly ContractCase[] = [
  {
    number: 'C98',
    title: 'the one that comes ends by default',
    steps: [place(20.5, 'a', 'sell 1 @ 101'), place(30.5, 'b', 'buy 2 @ 101')],
    reports: ['20.5 accepted a', '30.5 accepted b', '30.5 cancelled b: self-trade, 2 left'],
  },
  {
    number: 'C99',
    title: 'what it could trade with others before is traded',
    steps: [rests(10, 'sell 0.5 @ 100.5'), place(20.5, 'a', 'sell 1 @ 101'), place(30.5, 'b', 'buy 2 @ 101')],
    reports: [
      '20.5 accepted a',
      '30.5 accepted b',
      '30.5 filled b 0.5 @ 100.5 taker, 1.5 left, fee 0.201',
      '30.5 cancelled b: self-trade, 1.5 left',
    ],
  },
  {
    number: 'C100',
    title: 'what stands ahead of the own order is taken first',
    steps: [rests(10, 'sell 0.5 @ 101'), place(20.5, 'a', 'sell 1 @ 101'), place(30.5, 'b', 'buy 2 @ 101')],
    reports: [
      '20.5 accepted a',
      '30.5 accepted b',
      '30.5 filled b 0.5 @ 101 taker, 1.5 left, fee 0.202',
      '30.5 cancelled b: self-trade, 1.5 left',
    ],
  },
  {
    number: 'C101',
    title: 'cancel-oldest ends the one that rests, and goes on',
    steps: [
      place(20.5, 'a', 'sell 1 @ 101'),
      rests(25, 'sell 1 @ 101', 'behind'),
      place(30.5, 'b', 'buy 2 @ 101', { selfTrade: 'cancel-oldest' }),
    ],
    reports: [
      '20.5 accepted a',
      '30.5 accepted b',
      '30.5 cancelled a: self-trade, 1 left',
      '30.5 filled b 1 @ 101 taker, 1 left, fee 0.404',
    ],
  },
  {
    number: 'C102',
    title: 'cancel-both ends both',
    steps: [
      place(20.5, 'a', 'sell 1 @ 101'),
      rests(25, 'sell 1 @ 101', 'behind'),
      place(30.5, 'b', 'buy 2 @ 101', { selfTrade: 'cancel-both' }),
    ],
    reports: [
      '20.5 accepted a',
      '30.5 accepted b',
      '30.5 cancelled a: self-trade, 1 left',
      '30.5 cancelled b: self-trade, 2 left',
    ],
  },
  {
    number: 'C103',
    title: 'an amend that meets an own order ends like an order that comes',
    steps: [place(20.5, 'a', 'sell 1 @ 101'), place(30.5, 'b', 'buy 2 @ 100'), amend(40.5, 'b', { price: '101' })],
    reports: [
      '20.5 accepted a',
      '30.5 accepted b',
      '40.5 amended b to 2 @ 101, 2 left',
      '40.5 cancelled b: self-trade, 2 left',
    ],
  },
];
