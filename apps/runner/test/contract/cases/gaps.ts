import type { ContractCase } from '../contract-case.ts';
import { cancel, gap, place, rests, takes } from '../script.ts';

/** What we do not hear of. */
export const GAPS: readonly ContractCase[] = [
  {
    number: 'C152',
    title: 'an order stands through a gap, and fills afterwards as it would have',
    steps: [
      rests(10, 'buy 1 @ 100', 'ahead'),
      place(20.5, 'a', 'buy 1 @ 100'),
      gap(130, 160),
      rests(140, 'buy 3 @ 100', 'behind'),
      rests(200, 'sell 1 @ 105'),
      takes(3000, 'sell 1.5 @ 100'),
    ],
    reports: ['20.5 accepted a', '3000 filled a 0.5 @ 100 maker, 0.5 left, fee 0.125'],
  },
  {
    number: 'C153',
    title: 'what filled in a gap is told when the gap is over',
    steps: [
      rests(10, 'buy 1 @ 100', 'ahead'),
      place(20.5, 'a', 'buy 1 @ 100'),
      rests(25, 'buy 3 @ 100', 'behind'),
      gap(130, 160),
      takes(140, 'sell 1.5 @ 100'),
      rests(200, 'sell 1 @ 105'),
      takes(3000, 'sell 0.1 @ 100'),
    ],
    reports: [
      '20.5 accepted a',
      '140 filled a 0.5 @ 100 maker, 0.5 left, fee 0.125',
      '3000 filled a 0.1 @ 100 maker, 0.4 left, fee 0.025',
    ],
    differs: {
      why: 'We hear of it when the feed has mended itself.',
      paper: [
        '20.5 accepted a',
        '200 filled a 0.5 @ 100 maker, 0.5 left, fee 0.125',
        '3000 filled a 0.1 @ 100 maker, 0.4 left, fee 0.025',
      ],
    },
  },
  {
    number: 'C154',
    title: 'a trigger that is reached in a gap',
    steps: [
      rests(10, 'buy 1 @ 99'),
      place(20.5, 'a', 'sell 1', { type: 'stop-loss', trigger: '99' }),
      gap(130, 160),
      takes(140, 'sell 0.5 @ 99'),
      rests(200, 'sell 1 @ 105'),
      takes(3000, 'buy 0.1'),
    ],
    reports: [
      '20.5 accepted a',
      '140 triggered a',
      '140 filled a 0.5 @ 99 taker, 0.5 left, fee 0.198',
      '140 filled a 0.5 @ 98 taker, 0 left, fee 0.196',
    ],
    differs: {
      why: 'We hear of it when the feed has mended itself, and the order meets the book of then.',
      paper: [
        '20.5 accepted a',
        '200 triggered a',
        '200 filled a 0.5 @ 99 taker, 0.5 left, fee 0.198',
        '200 filled a 0.5 @ 98 taker, 0 left, fee 0.196',
      ],
    },
  },
  {
    number: 'C155',
    title: 'a cancel in a gap is carried out',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100'),
      gap(130, 160),
      rests(140, 'sell 1 @ 105'),
      cancel(145.5, 'a'),
      rests(200, 'sell 1 @ 106'),
    ],
    reports: ['20.5 accepted a', '145.5 cancelled a: requested, 1 left'],
  },
  {
    number: 'C156',
    title: 'an order that comes in a gap meets a market that we do not know',
    steps: [
      gap(130, 200),
      rests(140, 'sell 1 @ 105'),
      place(170.5, 'a', 'buy 1 @ 100'),
      rests(205, 'sell 1 @ 106'),
      place(300.5, 'b', 'buy 1 @ 100'),
    ],
    reports: ['170.5 accepted a', '300.5 accepted b'],
    differs: {
      why: 'Paper refuses what it cannot match against a verified book.',
      paper: ['170.5 order refused a: market-frozen', '300.5 accepted b'],
    },
  },
  {
    number: 'C157',
    title: 'a cancel of an order that filled in a gap',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100'),
      gap(130, 160),
      takes(140, 'sell 1'),
      cancel(150.5, 'a'),
      rests(200, 'sell 1 @ 105'),
      takes(3000, 'sell 0.1'),
    ],
    reports: [
      '20.5 accepted a',
      '140 filled a 1 @ 100 maker, 0 left, fee 0.25',
      '150.5 cancel refused a: unknown-order',
    ],
    differs: {
      why: 'A fill from before the cancel arrived stands, so the exchange is right and paper has one too few: it has confirmed the cancel before anybody tells of the trade that we missed, and a venue takes no confirmed cancel back.',
      paper: ['20.5 accepted a', '150.5 cancelled a: requested, 1 left'],
    },
  },
];
