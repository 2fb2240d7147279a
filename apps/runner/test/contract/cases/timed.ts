import type { ContractCase } from '../contract-case.ts';
import { cancel, place, takes } from '../script.ts';

/** Orders that end by themselves. */
export const TIMED: readonly ContractCase[] = [
  {
    number: 'C58',
    title: 'an order expires at its time',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100', { timeInForce: 'gtd', expiresAt: 6000 }),
      takes(3000, 'sell 0.4'),
      takes(6500, 'sell 0.4'),
    ],
    reports: ['20.5 accepted a', '3000 filled a 0.4 @ 100 maker, 0.6 left, fee 0.1', '6000 expired a, 0.6 left'],
  },
  {
    number: 'C59',
    title: 'at the instant of its expiry an order does not trade any more',
    steps: [place(20.5, 'a', 'buy 1 @ 100', { timeInForce: 'gtd', expiresAt: 6000 }), takes(6000, 'sell 0.4')],
    reports: ['20.5 accepted a', '6000 expired a, 1 left'],
  },
  {
    number: 'C60',
    title: 'an order must live for five seconds',
    steps: [place(20.5, 'a', 'buy 1 @ 100', { timeInForce: 'gtd', expiresAt: 5000 })],
    reports: ['20.5 order refused a: invalid-order'],
  },
  {
    number: 'C61',
    title: 'an expired order cannot be cancelled',
    steps: [place(20.5, 'a', 'buy 1 @ 100', { timeInForce: 'gtd', expiresAt: 6000 }), cancel(6000.5, 'a')],
    reports: ['20.5 accepted a', '6000 expired a, 1 left', '6000.5 cancel refused a: unknown-order'],
  },
  {
    number: 'C62',
    title: 'a market order has no expiry',
    steps: [place(20.5, 'a', 'buy 1', { timeInForce: 'gtd', expiresAt: 6000 })],
    reports: ['20.5 order refused a: invalid-order'],
  },
];
