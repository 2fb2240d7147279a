import type { ContractCase } from '../contract-case.ts';
import { cancel, place, takes } from '../script.ts';

/** What is refused. */
export const CHECKS: readonly ContractCase[] = [
  {
    number: 'C104',
    title: 'less than the smallest size is refused',
    steps: [place(20.5, 'a', 'buy 0.00009 @ 100')],
    reports: ['20.5 order refused a: below-min-qty'],
  },
  {
    number: 'C105',
    title: 'less than the smallest cost is refused',
    steps: [place(20.5, 'a', 'buy 0.001 @ 100'), place(21.5, 'b', 'buy 0.001')],
    reports: ['20.5 order refused a: below-min-cost', '21.5 order refused b: below-min-cost'],
  },
  {
    number: 'C106',
    title: 'a price off the grid is refused',
    setting: { pair: { tickSize: '0.5' } },
    steps: [place(20.5, 'a', 'buy 1 @ 100.3')],
    reports: ['20.5 order refused a: price-off-grid'],
  },
  {
    number: 'C107',
    title: 'a size off the grid is refused',
    setting: { pair: { lotSize: '0.1' } },
    steps: [place(20.5, 'a', 'buy 1.05 @ 100')],
    reports: ['20.5 order refused a: size-off-grid'],
  },
  {
    number: 'C108',
    title: 'of several faults the first in sequence is told',
    setting: { pair: { tickSize: '0.5', lotSize: '0.01' } },
    steps: [
      place(20.5, 'a', 'buy 0.00009 @ 100.3'),
      place(21.5, 'b', 'buy 200 @ 100.3'),
      place(22.5, 'c', 'buy 1.05 @ 100.3'),
    ],
    reports: [
      '20.5 order refused a: price-off-grid',
      '21.5 order refused b: price-off-grid',
      '22.5 order refused c: price-off-grid',
    ],
  },
  {
    number: 'C109',
    title: 'more than there is money for is refused, fee included',
    steps: [place(20.5, 'a', 'buy 100 @ 100'), place(30.5, 'b', 'buy 99 @ 100')],
    reports: ['20.5 order refused a: insufficient-funds', '30.5 accepted b'],
  },
  {
    number: 'C110',
    title: 'more than there is to sell is refused',
    steps: [place(20.5, 'a', 'sell 51 @ 101'), place(30.5, 'b', 'sell 50 @ 101')],
    reports: ['20.5 order refused a: insufficient-funds', '30.5 accepted b'],
  },
  {
    number: 'C111',
    title: 'an open order holds its money, and a cancel frees it',
    steps: [
      place(20.5, 'a', 'buy 60 @ 100'),
      place(30.5, 'b', 'buy 60 @ 99'),
      cancel(40.5, 'a'),
      place(50.5, 'c', 'buy 60 @ 99'),
    ],
    reports: [
      '20.5 accepted a',
      '30.5 order refused b: insufficient-funds',
      '40.5 cancelled a: requested, 60 left',
      '50.5 accepted c',
    ],
  },
  {
    number: 'C112',
    title: 'a fill pays what it cost, and frees the rest',
    steps: [
      place(20.5, 'a', 'buy 90 @ 100'),
      takes(30, 'sell 1'),
      cancel(40.5, 'a'),
      place(50.5, 'b', 'buy 98 @ 100'),
      place(60.5, 'c', 'buy 2 @ 100'),
    ],
    reports: [
      '20.5 accepted a',
      '30 filled a 1 @ 100 maker, 89 left, fee 0.25',
      '40.5 cancelled a: requested, 89 left',
      '50.5 accepted b',
      '60.5 order refused c: insufficient-funds',
    ],
  },
  {
    number: 'C113',
    title: 'a market order that costs more than there is money for is refused',
    setting: { balances: { USD: '1000' } },
    steps: [place(20.5, 'a', 'buy 15')],
    reports: ['20.5 order refused a: insufficient-funds'],
  },
  {
    number: 'C114',
    title: 'an id that is open already is refused, and is free again afterwards',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100'),
      place(30.5, 'a', 'buy 1 @ 99'),
      cancel(40.5, 'a'),
      place(50.5, 'a', 'buy 1 @ 99'),
    ],
    reports: [
      '20.5 accepted a',
      '30.5 order refused a: duplicate-client-order-id',
      '40.5 cancelled a: requested, 1 left',
      '50.5 accepted a',
    ],
  },
  {
    number: 'C115',
    title: 'a limit order needs a price, and a market order has none',
    steps: [place(20.5, 'a', 'buy 1', { type: 'limit' })],
    reports: ['20.5 order refused a: invalid-order'],
  },
  {
    number: 'C116',
    title: 'a triggered order needs a trigger',
    steps: [place(20.5, 'a', 'sell 1', { type: 'stop-loss' })],
    reports: ['20.5 order refused a: invalid-order'],
  },
];
