import type { ContractCase } from '../contract-case.ts';
import { amend, leaves, place, rests, takes } from '../script.ts';

/** Orders that must not take. */
export const POST_ONLY: readonly ContractCase[] = [
  {
    number: 'C29',
    title: 'post-only rests where it would not take',
    steps: [place(20.5, 'a', 'buy 1 @ 101.9', { postOnly: true })],
    reports: ['20.5 accepted a'],
  },
  {
    number: 'C30',
    title: 'post-only is refused where it would take',
    steps: [place(20.5, 'a', 'buy 1 @ 102', { postOnly: true })],
    reports: ['20.5 order refused a: post-only-would-take'],
  },
  {
    number: 'C31',
    title: 'post-only is judged when it arrives: who came meanwhile refuses it',
    steps: [rests(15, 'sell 1 @ 100'), place(20.5, 'a', 'buy 1 @ 100', { postOnly: true })],
    reports: ['20.5 order refused a: post-only-would-take'],
  },
  {
    number: 'C32',
    title: 'post-only is judged when it arrives: who left meanwhile lets it in',
    steps: [
      rests(5, 'sell 1 @ 100', 'early'),
      leaves(15, 'early'),
      place(20.5, 'a', 'buy 1 @ 100', { postOnly: true }),
    ],
    reports: ['20.5 accepted a'],
  },
  {
    number: 'C33',
    title: 'an amend of a post-only order that would take is refused, and the order stays',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100', { postOnly: true }),
      amend(30.5, 'a', { price: '102' }),
      takes(40, 'sell 0.5'),
    ],
    reports: [
      '20.5 accepted a',
      '30.5 amend refused a: post-only-would-take',
      '40 filled a 0.5 @ 100 maker, 0.5 left, fee 0.125',
    ],
  },
  {
    number: 'C34',
    title: 'a triggered order cannot be post-only',
    steps: [
      place(20.5, 'a', 'sell 1 @ 99', { type: 'stop-loss-limit', trigger: '99.5', postOnly: true }),
      place(21.5, 'b', 'sell 1 @ 101', { type: 'take-profit-limit', trigger: '101.5', postOnly: true }),
    ],
    reports: ['20.5 order refused a: invalid-order', '21.5 order refused b: invalid-order'],
  },
  {
    number: 'C35',
    title: 'post-only and immediate exclude each other',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100', { postOnly: true, timeInForce: 'ioc' }),
      place(21.5, 'b', 'buy 1 @ 100', { postOnly: true, timeInForce: 'fok' }),
    ],
    reports: ['20.5 order refused a: invalid-order', '21.5 order refused b: invalid-order'],
  },
  {
    number: 'C36',
    title: 'a post-only iceberg is refused where it would take',
    steps: [place(20.5, 'a', 'buy 1 @ 102', { type: 'iceberg', display: '0.5', postOnly: true })],
    reports: ['20.5 order refused a: post-only-would-take'],
  },
];
