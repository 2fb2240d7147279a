import type { ContractCase } from '../contract-case.ts';
import { batch, cancel, place, rests } from '../script.ts';

/** Several orders in one message. */
export const BATCHES: readonly ContractCase[] = [
  {
    number: 'C158',
    title: 'a batch is carried out in its order',
    steps: [rests(10, 'sell 1 @ 101'), batch(20.5, place(0, 'a', 'buy 1 @ 101'), place(0, 'b', 'buy 1 @ 101'))],
    reports: ['20.5 accepted a', '20.5 filled a 1 @ 101 taker, 0 left, fee 0.404', '20.5 accepted b'],
  },
  {
    number: 'C159',
    title: 'one order of a batch that the money does not suffice for is refused, the others are not',
    steps: [batch(20.5, place(0, 'a', 'buy 60 @ 100'), place(0, 'b', 'buy 60 @ 100'), place(0, 'c', 'buy 1 @ 100'))],
    reports: ['20.5 order refused b: insufficient-funds', '20.5 accepted a', '20.5 accepted c'],
    differs: {
      why: 'The exchange answers a batch in one frame, before it tells of any of its orders.',
      paper: ['20.5 accepted a', '20.5 order refused b: insufficient-funds', '20.5 accepted c'],
    },
  },
  {
    number: 'C160',
    title: 'one order of a batch that is no order refuses them all',
    steps: [batch(20.5, place(0, 'a', 'buy 1 @ 100'), place(0, 'b', 'buy 0.00001 @ 100'))],
    reports: ['20.5 order refused a: below-min-qty', '20.5 order refused b: below-min-qty'],
  },
  {
    number: 'C161',
    title: 'a batch of cancels',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100'),
      place(21.5, 'b', 'buy 1 @ 99'),
      batch(30.5, cancel(0, 'a'), cancel(0, 'b')),
    ],
    reports: [
      '20.5 accepted a',
      '21.5 accepted b',
      '30.5 cancelled a: requested, 1 left',
      '30.5 cancelled b: requested, 1 left',
    ],
  },
  {
    number: 'C162',
    title: 'a batch of cancels passes over orders that nobody knows',
    steps: [place(20.5, 'a', 'buy 1 @ 100'), batch(30.5, cancel(0, 'a'), cancel(0, 'nobody'))],
    reports: ['20.5 accepted a', '30.5 cancelled a: requested, 1 left'],
    differs: {
      why: 'The exchange answers a batch of cancels with a count; paper tells which order was not there.',
      paper: ['20.5 accepted a', '30.5 cancelled a: requested, 1 left', '30.5 cancel refused nobody: unknown-order'],
    },
  },
];
