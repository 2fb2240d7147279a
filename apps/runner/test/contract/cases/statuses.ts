import type { ContractCase } from '../contract-case.ts';
import { pairIs, place } from '../script.ts';

/** What pair and exchange allow. */
export const STATUSES: readonly ContractCase[] = [
  {
    number: 'C111',
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
    number: 'C112',
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
    number: 'C113',
    title: 'a delisted pair takes no order',
    steps: [pairIs(10, 'delisted'), place(20.5, 'a', 'buy 1 @ 100')],
    reports: ['20.5 order refused a: instrument-status'],
  },
];
