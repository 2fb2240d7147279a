import type { ContractCase } from '../contract-case.ts';
import { cancel, cancelAllAfter, place, takes } from '../script.ts';

/** Cancels, and the races that they lose. */
export const CANCELS: readonly ContractCase[] = [
  {
    number: 'C37',
    title: 'a cancel ends an order',
    steps: [place(20.5, 'a', 'buy 1 @ 100'), cancel(30.5, 'a'), takes(40, 'sell 1')],
    reports: ['20.5 accepted a', '30.5 cancelled a: requested, 1 left'],
  },
  {
    number: 'C38',
    title: 'a cancel after a part has traded leaves the rest untraded',
    steps: [place(20.5, 'a', 'buy 1 @ 100'), takes(30, 'sell 0.4'), cancel(40.5, 'a')],
    reports: [
      '20.5 accepted a',
      '30 filled a 0.4 @ 100 maker, 0.6 left, fee 0.1',
      '40.5 cancelled a: requested, 0.6 left',
    ],
  },
  {
    number: 'C39',
    title: 'a fill while the cancel travels stands, and the cancel finds no order',
    steps: [place(20.5, 'a', 'buy 1 @ 100'), takes(39, 'sell 1'), cancel(40.5, 'a')],
    reports: ['20.5 accepted a', '39 filled a 1 @ 100 maker, 0 left, fee 0.25', '40.5 cancel refused a: unknown-order'],
  },
  {
    number: 'C40',
    title: 'a part that fills while the cancel travels stands',
    steps: [place(20.5, 'a', 'buy 1 @ 100'), takes(39, 'sell 0.7'), cancel(40.5, 'a'), takes(41, 'sell 1')],
    reports: [
      '20.5 accepted a',
      '39 filled a 0.7 @ 100 maker, 0.3 left, fee 0.175',
      '40.5 cancelled a: requested, 0.3 left',
    ],
  },
  {
    number: 'C41',
    title: 'an order that nobody knows cannot be cancelled',
    steps: [cancel(20.5, 'nobody')],
    reports: ['20.5 cancel refused nobody: unknown-order'],
  },
  {
    number: 'C42',
    title: 'an order cannot be cancelled twice',
    steps: [place(20.5, 'a', 'buy 1 @ 100'), cancel(30.5, 'a'), cancel(31.5, 'a')],
    reports: ['20.5 accepted a', '30.5 cancelled a: requested, 1 left', '31.5 cancel refused a: unknown-order'],
  },
  {
    number: 'C43',
    title: 'the switch of the dead man cancels all when it runs out',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100'),
      place(21.5, 'b', 'sell 1 @ 101'),
      cancelAllAfter(30.5, 2),
      takes(1000, 'sell 0.25'),
      takes(2500, 'sell 0.25'),
    ],
    reports: [
      '20.5 accepted a',
      '21.5 accepted b',
      '1000 filled a 0.25 @ 100 maker, 0.75 left, fee 0.0625',
      '2030.5 cancelled a: cancel-all-after, 0.75 left',
      '2030.5 cancelled b: cancel-all-after, 1 left',
    ],
  },
  {
    number: 'C44',
    title: 'the switch that is set to zero does nothing',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100'),
      cancelAllAfter(30.5, 2),
      cancelAllAfter(40.5, 0),
      takes(2500, 'sell 0.25'),
    ],
    reports: ['20.5 accepted a', '2500 filled a 0.25 @ 100 maker, 0.75 left, fee 0.0625'],
  },
];
