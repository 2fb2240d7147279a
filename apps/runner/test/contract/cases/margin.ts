import type { ContractCase } from '../contract-case.ts';
import { leaves, place, rests, takes } from '../script.ts';

/** Orders on margin. */
export const MARGIN: readonly ContractCase[] = [
  {
    number: 'C132',
    title: 'a position opens with a fee for what is borrowed, and closes with its gain',
    steps: [
      place(20.5, 'a', 'buy 2 @ 102', { margin: true }),
      leaves(30, 'sell 102'),
      rests(31, 'buy 2 @ 103'),
      place(40.5, 'b', 'sell 2 @ 103', { margin: true }),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 2 @ 102 taker, 0 left, fee 0.867',
      '40.5 accepted b',
      '40.5 filled b 2 @ 103 taker, 0 left, fee 0.824',
    ],
  },
  {
    number: 'C133',
    title: 'a short position too',
    steps: [
      place(20.5, 'a', 'sell 2 @ 98', { margin: true }),
      leaves(30, 'buy 98'),
      rests(31, 'sell 2 @ 97'),
      place(40.5, 'b', 'buy 2 @ 97', { margin: true }),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 2 @ 98 taker, 0 left, fee 0.8036',
      '40.5 accepted b',
      '40.5 filled b 2 @ 97 taker, 0 left, fee 0.776',
    ],
  },
  {
    number: 'C134',
    title: 'an order of the other side closes first, and opens with the rest',
    steps: [
      place(20.5, 'a', 'buy 1 @ 102', { margin: true }),
      place(40.5, 'b', 'sell 3 @ 98', { margin: true }),
      place(50.5, 'c', 'buy 2 @ 102', { margin: true }),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 102 taker, 0 left, fee 0.4335',
      '40.5 accepted b',
      '40.5 filled b 3 @ 98 taker, 0 left, fee 1.1956',
      '50.5 accepted c',
      '50.5 filled c 2 @ 102 taker, 0 left, fee 0.816',
    ],
  },
  {
    number: 'C135',
    title: 'more than the margin allows is refused',
    setting: { balances: { USD: '100' } },
    steps: [
      place(20.5, 'a', 'buy 15 @ 100', { margin: true }),
      place(30.5, 'b', 'buy 9 @ 100', { margin: true }),
      place(40.5, 'c', 'buy 2 @ 100', { margin: true }),
    ],
    reports: [
      '20.5 order refused a: insufficient-margin',
      '30.5 accepted b',
      '40.5 order refused c: insufficient-margin',
    ],
  },
  {
    number: 'C136',
    title: 'a reduce-only order trades to the position and no further',
    steps: [
      rests(10, 'sell 1 @ 100'),
      place(20.5, 'a', 'buy 1 @ 100', { margin: true }),
      place(30.5, 'b', 'sell 3', { margin: true, reduceOnly: true }),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 100 taker, 0 left, fee 0.425',
      '30.5 accepted b',
      '30.5 filled b 1 @ 98 taker, 2 left, fee 0.392',
      '30.5 cancelled b: reduce-only, 2 left',
    ],
  },
  {
    number: 'C137',
    title: 'a reduce-only order that rests is cut to the position when it comes',
    steps: [
      place(20.5, 'a', 'buy 1 @ 102', { margin: true }),
      place(30.5, 'b', 'sell 3 @ 101', { margin: true, reduceOnly: true }),
      takes(40, 'buy 2'),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 102 taker, 0 left, fee 0.4335',
      '30.5 accepted b',
      '30.5 amended b to 1 @ 101, 1 left',
      '40 filled b 1 @ 101 maker, 0 left, fee 0.2525',
    ],
  },
  {
    number: 'C138',
    title: 'a reduce-only order that takes a part and rests is cut to the position too',
    steps: [
      rests(10, 'buy 0.4 @ 101'),
      place(20.5, 'a', 'buy 1 @ 102', { margin: true }),
      place(30.5, 'b', 'sell 3 @ 101', { margin: true, reduceOnly: true }),
      takes(40, 'buy 2'),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 102 taker, 0 left, fee 0.4335',
      '30.5 accepted b',
      '30.5 filled b 0.4 @ 101 taker, 2.6 left, fee 0.1616',
      '30.5 amended b to 1 @ 101, 0.6 left',
      '40 filled b 0.6 @ 101 maker, 0 left, fee 0.1515',
    ],
  },
  {
    number: 'C139',
    title: 'reduce-only orders that are too many give way, the least aggressive first',
    steps: [
      rests(10, 'sell 2 @ 100'),
      place(20.5, 'a', 'buy 2 @ 100', { margin: true }),
      place(30.5, 'far', 'sell 2 @ 101.5', { margin: true, reduceOnly: true }),
      place(31.5, 'near', 'sell 1 @ 101', { margin: true, reduceOnly: true }),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 2 @ 100 taker, 0 left, fee 0.85',
      '30.5 accepted far',
      '31.5 accepted near',
      '31.5 amended far to 1 @ 101.5, 1 left',
    ],
  },
  {
    number: 'C140',
    title: 'a resting reduce-only order follows a position that shrinks',
    steps: [
      rests(10, 'sell 2 @ 100'),
      place(20.5, 'a', 'buy 2 @ 100', { margin: true }),
      place(30.5, 'b', 'sell 2 @ 101.5', { margin: true, reduceOnly: true }),
      place(40.5, 'c', 'sell 1.5', { margin: true }),
      place(50.5, 'd', 'sell 1', { margin: true }),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 2 @ 100 taker, 0 left, fee 0.85',
      '30.5 accepted b',
      '40.5 accepted c',
      '40.5 filled c 1.5 @ 98 taker, 0 left, fee 0.588',
      '40.5 amended b to 0.5 @ 101.5, 0.5 left',
      '50.5 accepted d',
      '50.5 filled d 1 @ 98 taker, 0 left, fee 0.3969',
      '50.5 cancelled b: reduce-only, 0.5 left',
    ],
  },
  {
    number: 'C141',
    title: 'reduce-only with nothing to reduce is refused',
    steps: [
      place(20.5, 'a', 'sell 1 @ 101', { margin: true, reduceOnly: true }),
      rests(25, 'sell 1 @ 100'),
      place(30.5, 'b', 'buy 1 @ 100', { margin: true }),
      place(40.5, 'c', 'buy 1 @ 99', { margin: true, reduceOnly: true }),
    ],
    reports: [
      '20.5 order refused a: no-position',
      '30.5 accepted b',
      '30.5 filled b 1 @ 100 taker, 0 left, fee 0.425',
      '40.5 order refused c: no-position',
    ],
  },
  {
    number: 'C142',
    title: 'a reduce-only order that waits for a trigger needs no position yet',
    steps: [
      rests(10, 'buy 5 @ 99'),
      place(20.5, 'a', 'sell 1', { type: 'stop-loss', trigger: '99', margin: true, reduceOnly: true }),
      place(30.5, 'b', 'buy 0.5 @ 102', { margin: true }),
      takes(40, 'sell 0.5 @ 99'),
      place(50.5, 'c', 'sell 1', { type: 'stop-loss', trigger: '99', margin: true, reduceOnly: true }),
    ],
    reports: [
      '20.5 accepted a',
      '30.5 accepted b',
      '30.5 filled b 0.5 @ 102 taker, 0 left, fee 0.21675',
      '40 triggered a',
      '40 filled a 0.5 @ 99 taker, 0.5 left, fee 0.198',
      '40 cancelled a: reduce-only, 0.5 left',
      '50.5 accepted c',
      '50.5 triggered c',
      '50.5 cancelled c: reduce-only, 1 left',
    ],
  },
  {
    number: 'C143',
    title: 'reduce-only needs margin',
    steps: [place(20.5, 'a', 'sell 1 @ 101', { reduceOnly: true })],
    reports: ['20.5 order refused a: invalid-order'],
  },
  {
    number: 'C144',
    title: 'settle-position',
    steps: [
      rests(10, 'sell 1 @ 100'),
      place(20.5, 'a', 'buy 1 @ 100', { margin: true }),
      place(30.5, 'b', 'sell 1', { type: 'settle-position', margin: true }),
    ],
    reports: ['20.5 accepted a', '20.5 filled a 1 @ 100 taker, 0 left, fee 0.425', '30.5 accepted b'],
    differs: {
      why: 'The exchange settles with what was borrowed, without a trade; on paper the position is traded back at the market, for a fee.',
      paper: [
        '20.5 accepted a',
        '20.5 filled a 1 @ 100 taker, 0 left, fee 0.425',
        '30.5 accepted b',
        '30.5 filled b 1 @ 98 taker, 0 left, fee 0.392',
      ],
    },
  },
  {
    number: 'C145',
    title: 'a position pays again every four hours',
    steps: [rests(10, 'sell 2 @ 100'), place(20.5, 'a', 'buy 2 @ 100', { margin: true }), takes(15000000, 'sell 0.1')],
    reports: ['20.5 accepted a', '20.5 filled a 2 @ 100 taker, 0 left, fee 0.85', '14400020.5 rollover, fee 0.05'],
  },
  {
    number: 'C146',
    title: 'closing orders of a position on margin are on margin too',
    steps: [
      place(20.5, 'a', 'buy 1 @ 102', { margin: true, close: { type: 'limit', price: '101.5' } }),
      takes(30, 'buy 1'),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 102 taker, 0 left, fee 0.4335',
      '20.5 accepted a-close-1',
      '30 filled a-close-1 1 @ 101.5 maker, 0 left, fee 0.25375',
    ],
  },
];
