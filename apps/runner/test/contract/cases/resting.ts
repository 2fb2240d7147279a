import type { ContractCase } from '../contract-case.ts';
import { leaves, place, rests, takes } from '../script.ts';

/** Orders that rest, and how they fill. */
export const RESTING: readonly ContractCase[] = [
  {
    number: 'C01',
    title: 'a limit order rests',
    steps: [place(20.5, 'a', 'buy 1 @ 100')],
    reports: ['20.5 accepted a'],
  },
  {
    number: 'C02',
    title: 'an order behind others does not fill by what trades with them',
    steps: [rests(10, 'buy 2 @ 100'), place(20.5, 'a', 'buy 1 @ 100'), takes(30, 'sell 2 @ 100')],
    reports: ['20.5 accepted a'],
  },
  {
    number: 'C03',
    title: 'what trades past the queue fills an order in part, then whole',
    steps: [
      rests(10, 'buy 2 @ 100', 'ahead'),
      place(20.5, 'a', 'buy 1 @ 100'),
      rests(30, 'buy 3 @ 100', 'behind'),
      takes(40, 'sell 2.4 @ 100'),
      takes(50, 'sell 1 @ 100'),
    ],
    reports: [
      '20.5 accepted a',
      '40 filled a 0.4 @ 100 maker, 0.6 left, fee 0.1',
      '50 filled a 0.6 @ 100 maker, 0 left, fee 0.15',
    ],
  },
  {
    number: 'C04',
    title: 'a sell fills as a buy does',
    steps: [
      rests(10, 'sell 2 @ 101', 'ahead'),
      place(20.5, 'a', 'sell 1 @ 101'),
      rests(30, 'sell 3 @ 101', 'behind'),
      takes(40, 'buy 2.4 @ 101'),
      takes(50, 'buy 1 @ 101'),
    ],
    reports: [
      '20.5 accepted a',
      '40 filled a 0.4 @ 101 maker, 0.6 left, fee 0.101',
      '50 filled a 0.6 @ 101 maker, 0 left, fee 0.1515',
    ],
  },
  {
    number: 'C05',
    title: 'a sweep through the price fills all of it',
    steps: [
      rests(10, 'buy 2 @ 100'),
      rests(11, 'buy 1 @ 99.5'),
      place(20.5, 'a', 'buy 1 @ 100'),
      takes(30, 'sell 5 @ 98'),
    ],
    reports: ['20.5 accepted a', '30 filled a 1 @ 100 maker, 0 left, fee 0.25'],
  },
  {
    number: 'C06',
    title: 'a sweep that ends just past the price fills what is left of it',
    steps: [
      rests(10, 'buy 7 @ 100'),
      rests(11, 'buy 5 @ 99'),
      place(20.5, 'a', 'buy 2 @ 100'),
      takes(30, 'sell 8 @ 99'),
    ],
    reports: ['20.5 accepted a', '30 filled a 1 @ 100 maker, 1 left, fee 0.25'],
  },
  {
    number: 'C07',
    title: 'two own orders at one price share one trade, the older first',
    steps: [
      rests(10, 'buy 1 @ 100'),
      rests(11, 'buy 9 @ 99.5'),
      place(20.5, 'a', 'buy 1 @ 100'),
      place(21.5, 'b', 'buy 1 @ 100'),
      takes(30, 'sell 2.5 @ 99.5'),
    ],
    reports: [
      '20.5 accepted a',
      '21.5 accepted b',
      '30 filled a 1 @ 100 maker, 0 left, fee 0.25',
      '30 filled b 0.5 @ 100 maker, 0.5 left, fee 0.125',
    ],
  },
  {
    number: 'C08',
    title: 'a sweep fills own orders at several prices, the best first',
    steps: [
      rests(11, 'buy 9 @ 99'),
      place(20.5, 'a', 'buy 1 @ 99.5'),
      place(21.5, 'b', 'buy 1 @ 100'),
      takes(30, 'sell 3 @ 99'),
    ],
    reports: [
      '20.5 accepted a',
      '21.5 accepted b',
      '30 filled b 1 @ 100 maker, 0 left, fee 0.25',
      '30 filled a 1 @ 99.5 maker, 0 left, fee 0.24875',
    ],
  },
  {
    number: 'C09',
    title: 'an order that improves the best price trades before everybody',
    steps: [place(20.5, 'a', 'buy 1 @ 100.5'), takes(30, 'sell 0.4')],
    reports: ['20.5 accepted a', '30 filled a 0.4 @ 100.5 maker, 0.6 left, fee 0.1005'],
  },
  {
    number: 'C10',
    title: 'who comes to rest at our price trades with us first',
    steps: [place(20.5, 'a', 'buy 1 @ 100'), rests(30, 'sell 0.3 @ 100')],
    reports: ['20.5 accepted a', '30 filled a 0.3 @ 100 maker, 0.7 left, fee 0.075'],
  },
  {
    number: 'C11',
    title: 'who cancels ahead lets us move forward',
    setting: { follow: 'fingerprint' },
    steps: [
      rests(10, 'buy 2 @ 100', 'ahead'),
      place(20.5, 'a', 'buy 1 @ 100'),
      rests(30, 'buy 3 @ 100', 'behind'),
      leaves(40, 'ahead'),
      takes(200, 'sell 0.5 @ 100'),
    ],
    reports: ['20.5 accepted a', '200 filled a 0.5 @ 100 maker, 0.5 left, fee 0.125'],
  },
  {
    number: 'C12',
    title: 'who cancels behind does not',
    setting: { follow: 'fingerprint' },
    steps: [
      rests(10, 'buy 2 @ 100', 'ahead'),
      place(20.5, 'a', 'buy 1 @ 100'),
      rests(30, 'buy 3 @ 100', 'behind'),
      rests(31, 'buy 1.5 @ 100', 'last'),
      leaves(40, 'behind'),
      takes(200, 'sell 2.5 @ 100'),
    ],
    reports: ['20.5 accepted a', '200 filled a 0.5 @ 100 maker, 0.5 left, fee 0.125'],
  },
  {
    number: 'C13',
    title: 'the default model counts a share of each cancel at our price as ahead of us',
    steps: [
      rests(10, 'buy 2 @ 100', 'ahead'),
      rests(11, 'buy 3 @ 100', 'leaving'),
      place(20.5, 'a', 'buy 1 @ 100'),
      rests(30, 'buy 4 @ 100', 'behind'),
      leaves(40, 'leaving'),
      takes(200, 'sell 2.5 @ 100'),
    ],
    reports: ['20.5 accepted a', '200 filled a 0.5 @ 100 maker, 0.5 left, fee 0.125'],
    differs: {
      why: 'The public book does not say which of the orders at a price was cancelled.',
      paper: ['20.5 accepted a'],
    },
  },
  {
    number: 'C14',
    title: 'what joins the queue stands behind',
    steps: [
      rests(10, 'buy 1 @ 100', 'ahead'),
      place(20.5, 'a', 'buy 1 @ 100'),
      rests(30, 'buy 5 @ 100', 'behind'),
      takes(40, 'sell 1.25 @ 100'),
      takes(41, 'sell 0.25 @ 100'),
      takes(42, 'sell 0.5 @ 100'),
    ],
    reports: [
      '20.5 accepted a',
      '40 filled a 0.25 @ 100 maker, 0.75 left, fee 0.0625',
      '41 filled a 0.25 @ 100 maker, 0.5 left, fee 0.0625',
      '42 filled a 0.5 @ 100 maker, 0 left, fee 0.125',
    ],
  },
];
