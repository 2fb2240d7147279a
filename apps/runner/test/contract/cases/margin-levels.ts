import type { ContractCase } from '../contract-case.ts';
import { leaves, place, rests, takes } from '../script.ts';

/** What becomes of an account whose margin level falls. */
export const MARGIN_LEVELS: readonly ContractCase[] = [
  {
    number: 'C147',
    title: 'an account is warned when its margin level has fallen to 80 percent',
    setting: { balances: { USD: '100' } },
    steps: [
      rests(10, 'sell 9 @ 100'),
      place(20.5, 'a', 'buy 9 @ 100', { margin: true }),
      rests(30, 'sell 30 @ 97'),
      takes(40, 'sell 25 @ 95'),
    ],
    reports: ['20.5 accepted a', '20.5 filled a 9 @ 100 taker, 0 left, fee 3.825'],
    differs: {
      why: 'The exchange warns by e-mail, which is no report of its interface.',
      paper: ['20.5 accepted a', '20.5 filled a 9 @ 100 taker, 0 left, fee 3.825', '40 margin call'],
    },
  },
  {
    number: 'C148',
    title: 'at 40 percent the exchange closes the position',
    setting: { balances: { USD: '100' } },
    steps: [
      rests(10, 'sell 9 @ 100'),
      rests(11, 'buy 40 @ 88'),
      place(20.5, 'a', 'buy 9 @ 100', { margin: true }),
      rests(30, 'sell 5 @ 98.1'),
      takes(40, 'sell 40 @ 90'),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 9 @ 100 taker, 0 left, fee 3.825',
      '40 liquidation by LIQUIDATION-1',
      '40 accepted LIQUIDATION-1',
      '40 filled LIQUIDATION-1 9 @ 88 taker, 0 left, fee 3.168',
    ],
    differs: {
      why: 'The exchange warns by e-mail, which is no report of its interface.',
      paper: [
        '20.5 accepted a',
        '20.5 filled a 9 @ 100 taker, 0 left, fee 3.825',
        '40 margin call',
        '40 liquidation by LIQUIDATION-1',
        '40 accepted LIQUIDATION-1',
        '40 filled LIQUIDATION-1 9 @ 88 taker, 0 left, fee 3.168',
      ],
    },
  },
  {
    number: 'C149',
    title: 'before it closes a position the exchange cancels the orders on margin',
    setting: { balances: { USD: '100' } },
    steps: [
      rests(10, 'sell 9 @ 100'),
      rests(11, 'buy 40 @ 88'),
      place(20.5, 'a', 'buy 9 @ 100', { margin: true }),
      place(25.5, 'b', 'sell 1 @ 105', { margin: true }),
      rests(30, 'sell 5 @ 98.1'),
      takes(40, 'sell 40 @ 90'),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 9 @ 100 taker, 0 left, fee 3.825',
      '25.5 accepted b',
      '40 cancelled b: liquidation, 1 left',
      '40 liquidation by LIQUIDATION-1',
      '40 accepted LIQUIDATION-1',
      '40 filled LIQUIDATION-1 9 @ 88 taker, 0 left, fee 3.168',
    ],
    differs: {
      why: 'The exchange warns by e-mail; and whether the orders go first is UNCONFIRMED: on paper they stay.',
      paper: [
        '20.5 accepted a',
        '20.5 filled a 9 @ 100 taker, 0 left, fee 3.825',
        '25.5 accepted b',
        '40 margin call',
        '40 liquidation by LIQUIDATION-1',
        '40 accepted LIQUIDATION-1',
        '40 filled LIQUIDATION-1 9 @ 88 taker, 0 left, fee 3.168',
      ],
    },
  },
  {
    number: 'C150',
    title: 'a margin level of exactly 40 percent is too low',
    setting: { balances: { USD: '104.1' } },
    steps: [
      rests(10, 'buy 10 @ 100'),
      place(20.5, 'a', 'sell 10 @ 100', { margin: true }),
      takes(30, 'buy 20 @ 102'),
      rests(31, 'sell 1 @ 106'),
      rests(32, 'buy 20 @ 102'),
      takes(40, 'buy 1 @ 106'),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 10 @ 100 taker, 0 left, fee 4.1',
      '40 liquidation by LIQUIDATION-1',
      '40 accepted LIQUIDATION-1',
      '40 filled LIQUIDATION-1 10 @ 110 taker, 0 left, fee 4.4',
    ],
    differs: {
      why: 'The exchange warns by e-mail, which is no report of its interface.',
      paper: [
        '20.5 accepted a',
        '20.5 filled a 10 @ 100 taker, 0 left, fee 4.1',
        '30 margin call',
        '40 liquidation by LIQUIDATION-1',
        '40 accepted LIQUIDATION-1',
        '40 filled LIQUIDATION-1 10 @ 110 taker, 0 left, fee 4.4',
      ],
    },
  },
  {
    number: 'C151',
    title: 'quotes that fall without a trade',
    setting: { balances: { USD: '100' } },
    steps: [
      rests(10, 'sell 9 @ 100'),
      rests(11, 'buy 40 @ 88'),
      place(20.5, 'a', 'buy 9 @ 100', { margin: true }),
      leaves(30, 'buy 98'),
      leaves(31, 'buy 90'),
    ],
    reports: ['20.5 accepted a', '20.5 filled a 9 @ 100 taker, 0 left, fee 3.825'],
    differs: {
      why: 'The exchange values positions at the last trade, paper at the middle of the book; how Kraken does is UNCONFIRMED.',
      paper: ['20.5 accepted a', '20.5 filled a 9 @ 100 taker, 0 left, fee 3.825', '30 margin call'],
    },
  },
];
