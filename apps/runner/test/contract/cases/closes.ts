import type { ContractCase } from '../contract-case.ts';
import { cancel, pairIs, place, rests, takes } from '../script.ts';

/** Orders that fills place on the other side. */
export const CLOSES: readonly ContractCase[] = [
  {
    number: 'C90',
    title: 'each fill places its closing order',
    steps: [
      rests(10, 'buy 9 @ 99.5'),
      place(20.5, 'a', 'buy 1 @ 100', { close: { type: 'limit', price: '101' } }),
      takes(30, 'sell 0.4'),
      takes(40, 'sell 0.6'),
      takes(50, 'buy 0.5'),
      takes(60, 'buy 1'),
    ],
    reports: [
      '20.5 accepted a',
      '30 filled a 0.4 @ 100 maker, 0.6 left, fee 0.1',
      '30 accepted a-close-1',
      '40 filled a 0.6 @ 100 maker, 0 left, fee 0.15',
      '40 accepted a-close-2',
      '50 filled a-close-1 0.4 @ 101 maker, 0 left, fee 0.101',
      '50 filled a-close-2 0.1 @ 101 maker, 0.5 left, fee 0.02525',
      '60 filled a-close-2 0.5 @ 101 maker, 0 left, fee 0.12625',
    ],
  },
  {
    number: 'C91',
    title: 'a closing order may wait for a trigger',
    steps: [
      rests(10, 'buy 5 @ 99'),
      place(20.5, 'a', 'buy 1 @ 102', { close: { type: 'stop-loss', trigger: '99' } }),
      takes(30, 'sell 0.5 @ 99'),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 102 taker, 0 left, fee 0.408',
      '20.5 accepted a-close-1',
      '30 triggered a-close-1',
      '30 filled a-close-1 1 @ 99 taker, 0 left, fee 0.396',
    ],
  },
  {
    number: 'C92',
    title: 'a closing order smaller than the minimum is placed all the same',
    steps: [
      rests(10, 'buy 5 @ 99'),
      place(20.5, 'a', 'buy 1 @ 100', { close: { type: 'limit', price: '101' } }),
      takes(30, 'sell 0.99995'),
      takes(40, 'sell 1'),
    ],
    reports: [
      '20.5 accepted a',
      '30 filled a 0.99995 @ 100 maker, 0.00005 left, fee 0.24999',
      '30 accepted a-close-1',
      '40 filled a 0.00005 @ 100 maker, 0 left, fee 0.00001',
      '40 accepted a-close-2',
    ],
  },
  {
    number: 'C93',
    title: 'a closing order cannot be an order that closes nothing',
    steps: [place(20.5, 'a', 'buy 1 @ 100', { close: { type: 'stop-loss-limit', trigger: '99' } })],
    reports: ['20.5 order refused a: invalid-order'],
  },
  {
    number: 'C94',
    title: 'a closing order off the grid is refused with its order',
    setting: { pair: { tickSize: '0.5' } },
    steps: [place(20.5, 'a', 'buy 1 @ 100', { close: { type: 'limit', price: '101.3' } })],
    reports: ['20.5 order refused a: price-off-grid'],
  },
  {
    number: 'C95',
    title: 'a closing order whose trigger is reached already goes to the market at once',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100', { close: { type: 'stop-loss', trigger: '101' } }),
      rests(25, 'buy 3 @ 99.5'),
      takes(30, 'sell 1'),
    ],
    reports: [
      '20.5 accepted a',
      '30 filled a 1 @ 100 maker, 0 left, fee 0.25',
      '30 accepted a-close-1',
      '30 triggered a-close-1',
      '30 filled a-close-1 1 @ 99.5 taker, 0 left, fee 0.398',
    ],
  },
  {
    number: 'C96',
    title: 'a closing order that the pair does not take is refused',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100', { close: { type: 'stop-loss', trigger: '90' } }),
      pairIs(25, 'limit_only'),
      takes(30, 'sell 1 @ 98'),
    ],
    reports: [
      '20.5 accepted a',
      '30 filled a 1 @ 100 maker, 0 left, fee 0.25',
      '30 order refused a-close-1: instrument-status',
    ],
  },
  {
    number: 'C97',
    title: 'a closing order can be cancelled like any other',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100', { close: { type: 'limit', price: '101' } }),
      takes(30, 'sell 1'),
      cancel(40.5, 'a-close-1'),
    ],
    reports: [
      '20.5 accepted a',
      '30 filled a 1 @ 100 maker, 0 left, fee 0.25',
      '30 accepted a-close-1',
      '40.5 cancelled a-close-1: requested, 1 left',
    ],
  },
];
