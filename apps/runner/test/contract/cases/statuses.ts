import type { ContractCase } from '../contract-case.ts';
import { amend, cancel, cancelAllAfter, pairIs, place, precisionIs, rests, systemIs, takes } from '../script.ts';

/** What pair and exchange allow. */
export const STATUSES: readonly ContractCase[] = [
  {
    number: 'C117',
    title: 'cancel-only takes no order, and cancels',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100'),
      pairIs(30, 'cancel_only'),
      place(40.5, 'b', 'buy 1 @ 100'),
      amend(41.5, 'a', { price: '99' }),
      cancel(50.5, 'a'),
      pairIs(60, 'online'),
      place(70.5, 'c', 'buy 1 @ 100'),
    ],
    reports: [
      '20.5 accepted a',
      '40.5 order refused b: instrument-status',
      '41.5 amend refused a: instrument-status',
      '50.5 cancelled a: requested, 1 left',
      '70.5 accepted c',
    ],
  },
  {
    number: 'C118',
    title: 'post-only takes post-only limit orders',
    steps: [
      pairIs(10, 'post_only'),
      place(20.5, 'a', 'buy 1 @ 100'),
      place(21.5, 'b', 'buy 1 @ 100', { postOnly: true }),
      place(22.5, 'c', 'buy 1'),
    ],
    reports: ['20.5 order refused a: instrument-status', '21.5 accepted b', '22.5 order refused c: instrument-status'],
  },
  {
    number: 'C119',
    title: 'limit-only takes orders that have a limit',
    steps: [
      pairIs(10, 'limit_only'),
      place(20.5, 'a', 'buy 1'),
      place(21.5, 'b', 'buy 1 @ 100'),
      place(22.5, 'c', 'sell 1', { type: 'stop-loss', trigger: '99' }),
      place(23.5, 'd', 'sell 1 @ 101', { type: 'stop-loss-limit', trigger: '99' }),
    ],
    reports: [
      '20.5 order refused a: instrument-status',
      '21.5 accepted b',
      '22.5 order refused c: instrument-status',
      '23.5 accepted d',
    ],
  },
  {
    number: 'C120',
    title: 'reduce-only takes what trades a position back',
    steps: [
      place(20.5, 'a', 'buy 1', { margin: true }),
      pairIs(30, 'reduce_only'),
      place(40.5, 'b', 'buy 1 @ 100'),
      place(41.5, 'c', 'sell 0.5 @ 101', { margin: true, reduceOnly: true }),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 102 taker, 0 left, fee 0.4335',
      '40.5 order refused b: instrument-status',
      '41.5 accepted c',
    ],
  },
  {
    number: 'C121',
    title: 'a pair in maintenance takes no order',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100'),
      pairIs(30, 'maintenance'),
      place(40.5, 'b', 'buy 1 @ 100'),
      cancel(50.5, 'a'),
    ],
    reports: ['20.5 accepted a', '40.5 order refused b: instrument-status', '50.5 cancelled a: requested, 1 left'],
  },
  {
    number: 'C122',
    title: 'while the exchange is in maintenance nothing is answered but with a refusal',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100'),
      systemIs(30, 'maintenance'),
      place(40.5, 'b', 'buy 1 @ 100'),
      cancel(50.5, 'a'),
      systemIs(60, 'online'),
      cancel(70.5, 'a'),
    ],
    reports: [
      '20.5 accepted a',
      '40.5 order refused b: instrument-status',
      '50.5 cancel refused a: instrument-status',
      '70.5 cancelled a: requested, 1 left',
    ],
  },
  {
    number: 'C123',
    title: 'the exchange may be cancel-only',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100'),
      systemIs(30, 'cancel_only'),
      place(40.5, 'b', 'buy 1 @ 100'),
      cancel(50.5, 'a'),
      systemIs(60, 'online'),
    ],
    reports: ['20.5 accepted a', '40.5 order refused b: instrument-status', '50.5 cancelled a: requested, 1 left'],
  },
  {
    number: 'C124',
    title: 'an order whose trigger is reached is refused where the pair takes no such order any more',
    steps: [
      rests(10, 'buy 5 @ 99'),
      place(20.5, 'a', 'sell 1', { type: 'stop-loss', trigger: '99' }),
      pairIs(30, 'limit_only'),
      takes(40, 'sell 0.5 @ 99'),
    ],
    reports: ['20.5 accepted a', '40 triggered a', '40 cancelled a: instrument-status, 1 left'],
  },
  {
    number: 'C125',
    title: 'a delisted pair takes no order',
    steps: [pairIs(10, 'delisted'), place(20.5, 'a', 'buy 1 @ 100')],
    reports: ['20.5 order refused a: instrument-status'],
  },
  {
    number: 'C126',
    title: 'the switch of the dead man waits for the end of maintenance',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100'),
      cancelAllAfter(30.5, 2),
      systemIs(1000, 'maintenance'),
      systemIs(5000, 'online'),
    ],
    reports: ['20.5 accepted a', '5000 cancelled a: cancel-all-after, 1 left'],
  },
  {
    number: 'C127',
    title: 'a change of precision cancels all orders',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100'),
      precisionIs(30, 2, 8),
      rests(40, 'buy 2 @ 100.25', 'new'),
      place(50.5, 'b', 'sell 1 @ 100.25'),
    ],
    reports: [
      '20.5 accepted a',
      '30 cancelled a: precision-changed, 1 left',
      '50.5 accepted b',
      '50.5 filled b 1 @ 100.25 taker, 0 left, fee 0.401',
    ],
  },
];
