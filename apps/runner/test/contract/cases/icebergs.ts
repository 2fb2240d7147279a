import type { ContractCase } from '../contract-case.ts';
import { amend, place, rests, takes } from '../script.ts';

/** Orders that show a slice of themselves. */
export const ICEBERGS: readonly ContractCase[] = [
  {
    number: 'C63',
    title: 'an iceberg shows one slice after the other',
    steps: [
      place(20.5, 'a', 'buy 2 @ 100', { type: 'iceberg', display: '0.5' }),
      takes(30, 'sell 0.5'),
      takes(40, 'sell 0.3'),
      takes(50, 'sell 0.2'),
      takes(60, 'sell 0.5'),
    ],
    reports: [
      '20.5 accepted a',
      '30 filled a 0.5 @ 100 maker, 1.5 left, fee 0.125',
      '40 filled a 0.3 @ 100 maker, 1.2 left, fee 0.075',
      '50 filled a 0.2 @ 100 maker, 1 left, fee 0.05',
      '60 filled a 0.5 @ 100 maker, 0.5 left, fee 0.125',
    ],
  },
  {
    number: 'C64',
    title: 'the next slice of an iceberg goes to the back',
    steps: [
      rests(10, 'buy 1 @ 100', 'ahead'),
      place(20.5, 'a', 'buy 2 @ 100', { type: 'iceberg', display: '0.5' }),
      rests(30, 'buy 1 @ 100', 'behind'),
      rests(31, 'buy 9 @ 99.5'),
      takes(40, 'sell 1.5 @ 100'),
      takes(50, 'sell 0.5 @ 100'),
      takes(60, 'sell 1 @ 100'),
    ],
    reports: [
      '20.5 accepted a',
      '40 filled a 0.5 @ 100 maker, 1.5 left, fee 0.125',
      '60 filled a 0.5 @ 100 maker, 1 left, fee 0.125',
    ],
    differs: {
      why: 'In the public record somebody else got what we traded, and is gone from the queue that the next slice joins.',
      paper: ['20.5 accepted a', '40 filled a 0.5 @ 100 maker, 1.5 left, fee 0.125'],
    },
  },
  {
    number: 'C65',
    title: 'a sweep through its price takes an iceberg slice by slice',
    steps: [
      rests(10, 'buy 9 @ 99.5'),
      place(20.5, 'a', 'buy 2 @ 100', { type: 'iceberg', display: '0.5' }),
      takes(30, 'sell 3 @ 99.5'),
    ],
    reports: [
      '20.5 accepted a',
      '30 filled a 0.5 @ 100 maker, 1.5 left, fee 0.125',
      '30 filled a 0.5 @ 100 maker, 1 left, fee 0.125',
      '30 filled a 0.5 @ 100 maker, 0.5 left, fee 0.125',
      '30 filled a 0.5 @ 100 maker, 0 left, fee 0.125',
    ],
  },
  {
    number: 'C66',
    title: 'an iceberg takes first, and hides what is left',
    steps: [
      rests(10, 'sell 1 @ 101'),
      place(20.5, 'a', 'buy 2 @ 101', { type: 'iceberg', display: '0.5' }),
      takes(30, 'sell 0.5'),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 101 taker, 1 left, fee 0.404',
      '30 filled a 0.5 @ 101 maker, 0.5 left, fee 0.12625',
    ],
  },
  {
    number: 'C67',
    title: 'an iceberg shows a fifteenth at least',
    steps: [
      place(20.5, 'a', 'buy 3 @ 100', { type: 'iceberg', display: '0.1' }),
      place(21.5, 'b', 'buy 1.5 @ 100', { type: 'iceberg', display: '0.1' }),
    ],
    reports: ['20.5 order refused a: invalid-order', '21.5 accepted b'],
  },
  {
    number: 'C68',
    title: 'an iceberg cannot be immediate',
    steps: [place(20.5, 'a', 'buy 3 @ 102', { type: 'iceberg', display: '1', timeInForce: 'ioc' })],
    reports: ['20.5 order refused a: invalid-order'],
  },
  {
    number: 'C69',
    title: 'an iceberg whose slice grows goes to the back',
    steps: [
      place(20.5, 'a', 'buy 2 @ 100', { type: 'iceberg', display: '0.5' }),
      rests(30, 'buy 1 @ 100', 'behind'),
      rests(31, 'buy 9 @ 99.5'),
      amend(40.5, 'a', { display: '1' }),
      takes(50, 'sell 1.5 @ 99.5'),
    ],
    reports: [
      '20.5 accepted a',
      '40.5 amended a to 2 @ 100, 2 left',
      '50 filled a 0.5 @ 100 maker, 1.5 left, fee 0.125',
    ],
  },
];
