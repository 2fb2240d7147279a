import type { ContractCase } from '../contract-case.ts';
import { amend, cancel, place, rests, takes } from '../script.ts';

/** Orders that wait for a price. */
export const TRIGGERS: readonly ContractCase[] = [
  {
    number: 'C67',
    title: 'a stop-loss sells at the market when the last trade is at its trigger',
    steps: [
      rests(10, 'buy 1 @ 99.5'),
      rests(11, 'buy 5 @ 99'),
      place(20.5, 'a', 'sell 1', { type: 'stop-loss', trigger: '99.5' }),
      takes(30, 'sell 0.5 @ 99.5'),
    ],
    reports: [
      '20.5 accepted a',
      '30 triggered a',
      '30 filled a 0.5 @ 99.5 taker, 0.5 left, fee 0.199',
      '30 filled a 0.5 @ 99 taker, 0 left, fee 0.198',
    ],
  },
  {
    number: 'C68',
    title: 'a stop-loss looks at trades, not at quotes',
    steps: [place(20.5, 'a', 'sell 1', { type: 'stop-loss', trigger: '99.5' }), rests(30, 'sell 1 @ 99')],
    reports: ['20.5 accepted a'],
  },
  {
    number: 'C69',
    title: 'a stop-loss that buys waits above',
    steps: [
      rests(10, 'sell 3 @ 101'),
      place(20.5, 'a', 'buy 1', { type: 'stop-loss', trigger: '101' }),
      takes(30, 'buy 0.5 @ 101'),
    ],
    reports: ['20.5 accepted a', '30 triggered a', '30 filled a 1 @ 101 taker, 0 left, fee 0.404'],
  },
  {
    number: 'C70',
    title: 'a stop-loss-limit becomes a limit order at the back of its queue',
    steps: [
      rests(10, 'sell 2 @ 100.5', 'ahead'),
      rests(11, 'buy 1 @ 99'),
      place(20.5, 'a', 'sell 1 @ 100.5', { type: 'stop-loss-limit', trigger: '99' }),
      rests(25, 'sell 1 @ 100.5', 'ahead too'),
      takes(30, 'sell 0.5 @ 99'),
      rests(40, 'sell 1 @ 100.5', 'behind'),
      takes(50, 'buy 3.5 @ 100.5'),
    ],
    reports: ['20.5 accepted a', '30 triggered a', '50 filled a 0.5 @ 100.5 maker, 0.5 left, fee 0.12563'],
  },
  {
    number: 'C71',
    title: 'a take-profit sells when the last trade is at its trigger or above',
    steps: [
      rests(10, 'sell 1 @ 101'),
      place(20.5, 'a', 'sell 1', { type: 'take-profit', trigger: '100.5' }),
      takes(30, 'buy 0.5 @ 101'),
    ],
    reports: ['20.5 accepted a', '30 triggered a', '30 filled a 1 @ 98 taker, 0 left, fee 0.392'],
  },
  {
    number: 'C72',
    title: 'a take-profit-limit becomes a limit order',
    steps: [
      rests(10, 'sell 1 @ 101'),
      place(20.5, 'a', 'sell 1 @ 101.5', { type: 'take-profit-limit', trigger: '101' }),
      takes(30, 'buy 0.5 @ 101'),
      takes(40, 'buy 2'),
    ],
    reports: ['20.5 accepted a', '30 triggered a', '40 filled a 1 @ 101.5 maker, 0 left, fee 0.25375'],
  },
  {
    number: 'C73',
    title: 'a trailing stop follows the best trade at its distance',
    steps: [
      place(20.5, 'a', 'sell 1', { type: 'trailing-stop', trigger: { offset: '1' } }),
      rests(30, 'sell 1 @ 101'),
      takes(31, 'buy 1 @ 101'),
      rests(40, 'buy 2 @ 100'),
      takes(41, 'sell 0.5 @ 100'),
    ],
    reports: ['20.5 accepted a', '41 triggered a', '41 filled a 1 @ 100 taker, 0 left, fee 0.4'],
  },
  {
    number: 'C74',
    title: 'a trailing stop that buys follows downwards',
    steps: [
      place(20.5, 'a', 'buy 1', { type: 'trailing-stop', trigger: { percent: '1' } }),
      rests(30, 'buy 1 @ 99'),
      takes(31, 'sell 1 @ 99'),
      rests(40, 'sell 2 @ 100'),
      takes(41, 'buy 0.5 @ 100'),
    ],
    reports: ['20.5 accepted a', '41 triggered a', '41 filled a 1 @ 100 taker, 0 left, fee 0.4'],
  },
  {
    number: 'C75',
    title: 'a trailing-stop-limit has its limit from where it triggers',
    steps: [
      place(20.5, 'a', 'sell 1', {
        type: 'trailing-stop-limit',
        trigger: { offset: '1' },
        limitOffset: { offset: '0.2' },
      }),
      rests(30, 'buy 2 @ 99'),
      takes(31, 'sell 0.5 @ 99'),
      takes(40, 'buy 20.5'),
    ],
    reports: ['20.5 accepted a', '31 triggered a', '40 filled a 1 @ 99.2 maker, 0 left, fee 0.248'],
  },
  {
    number: 'C76',
    title: 'a trigger that is reached already goes to the market at once',
    steps: [place(20.5, 'a', 'sell 1', { type: 'stop-loss', trigger: '100' })],
    reports: ['20.5 accepted a', '20.5 triggered a', '20.5 filled a 1 @ 98 taker, 0 left, fee 0.392'],
  },
  {
    number: 'C77',
    title: 'a trigger may be told as a distance from the last trade',
    steps: [
      rests(10, 'buy 1 @ 99'),
      place(20.5, 'a', 'sell 1', { type: 'stop-loss', trigger: { percent: '-1' } }),
      takes(30, 'sell 0.5 @ 99'),
    ],
    reports: [
      '20.5 accepted a',
      '30 triggered a',
      '30 filled a 0.5 @ 99 taker, 0.5 left, fee 0.198',
      '30 filled a 0.5 @ 98 taker, 0 left, fee 0.196',
    ],
  },
  {
    number: 'C78',
    title: 'a distance needs a trade to reckon from',
    setting: { hasBook: false },
    steps: [
      rests(10, 'buy 1 @ 99'),
      place(20.5, 'a', 'sell 1', { type: 'stop-loss', trigger: { percent: '-1' } }),
      place(21.5, 'b', 'sell 1', { type: 'trailing-stop', trigger: { offset: '1' } }),
    ],
    reports: ['20.5 order refused a: no-reference-price', '21.5 order refused b: no-reference-price'],
  },
  {
    number: 'C79',
    title: 'a waiting order has no place in a queue, and can be cancelled',
    steps: [
      rests(10, 'buy 1 @ 99'),
      place(20.5, 'a', 'sell 1 @ 100', { type: 'stop-loss-limit', trigger: '99' }),
      takes(30, 'buy 1 @ 100'),
      cancel(40.5, 'a'),
      takes(50, 'sell 0.5 @ 99'),
    ],
    reports: ['20.5 accepted a', '40.5 cancelled a: requested, 1 left'],
  },
  {
    number: 'C80',
    title: 'an amended trigger is what counts',
    steps: [
      rests(10, 'buy 1 @ 99'),
      place(20.5, 'a', 'sell 1', { type: 'stop-loss', trigger: '99' }),
      amend(30.5, 'a', { trigger: '98' }),
      takes(40, 'sell 0.5 @ 99'),
      takes(50, 'sell 1 @ 98'),
    ],
    reports: [
      '20.5 accepted a',
      '30.5 amended a to 1, 1 left',
      '50 triggered a',
      '50 filled a 1 @ 98 taker, 0 left, fee 0.392',
    ],
  },
  {
    number: 'C81',
    title: 'a trigger between two prices of a sweep sees the sweep pass',
    steps: [
      rests(10, 'buy 1 @ 99.5'),
      rests(11, 'buy 1 @ 99'),
      place(20.5, 'a', 'sell 1', { type: 'stop-loss', trigger: '99.2' }),
      takes(30, 'sell 1.5 @ 99'),
    ],
    reports: [
      '20.5 accepted a',
      '30 triggered a',
      '30 filled a 0.5 @ 99 taker, 0.5 left, fee 0.198',
      '30 filled a 0.5 @ 98 taker, 0 left, fee 0.196',
    ],
  },
  {
    number: 'C82',
    title: 'one triggered order can trigger the next',
    steps: [
      rests(10, 'buy 1 @ 99.5'),
      rests(11, 'buy 1 @ 99'),
      place(20.5, 'a', 'sell 2', { type: 'stop-loss', trigger: '99.5' }),
      place(21.5, 'b', 'sell 1', { type: 'stop-loss', trigger: '99' }),
      takes(30, 'sell 0.5 @ 99.5'),
    ],
    reports: [
      '20.5 accepted a',
      '21.5 accepted b',
      '30 triggered a',
      '30 filled a 0.5 @ 99.5 taker, 1.5 left, fee 0.199',
      '30 filled a 1 @ 99 taker, 0.5 left, fee 0.396',
      '30 filled a 0.5 @ 98 taker, 0 left, fee 0.196',
      '30 triggered b',
      '30 filled b 1 @ 98 taker, 0 left, fee 0.392',
    ],
    differs: {
      why: 'What we trade on paper is not on the public tape, and triggers nothing.',
      paper: [
        '20.5 accepted a',
        '21.5 accepted b',
        '30 triggered a',
        '30 filled a 0.5 @ 99.5 taker, 1.5 left, fee 0.199',
        '30 filled a 1 @ 99 taker, 0.5 left, fee 0.396',
        '30 filled a 0.5 @ 98 taker, 0 left, fee 0.196',
      ],
    },
  },
];
