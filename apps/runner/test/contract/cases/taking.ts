import type { ContractCase } from '../contract-case.ts';
import { leaves, place, rests, takes } from '../script.ts';

/** Orders that take, and what becomes of the rest of them. */
export const TAKING: readonly ContractCase[] = [
  {
    number: 'C15',
    title: 'a limit order takes what it can, and the rest of it rests',
    steps: [rests(10, 'sell 1 @ 101'), place(20.5, 'a', 'buy 2.5 @ 101'), takes(30, 'sell 0.5')],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 101 taker, 1.5 left, fee 0.404',
      '30 filled a 0.5 @ 101 maker, 1 left, fee 0.12625',
    ],
  },
  {
    number: 'C16',
    title: 'a taker walks through the prices to its limit',
    steps: [rests(10, 'sell 1 @ 101'), rests(11, 'sell 2 @ 101.5'), place(20.5, 'a', 'buy 4 @ 102')],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 101 taker, 3 left, fee 0.404',
      '20.5 filled a 2 @ 101.5 taker, 1 left, fee 0.812',
      '20.5 filled a 1 @ 102 taker, 0 left, fee 0.408',
    ],
  },
  {
    number: 'C17',
    title: 'a seller does so downwards',
    steps: [rests(10, 'buy 1 @ 99'), rests(11, 'buy 2 @ 98.5'), place(20.5, 'a', 'sell 4 @ 98')],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 99 taker, 3 left, fee 0.396',
      '20.5 filled a 2 @ 98.5 taker, 1 left, fee 0.788',
      '20.5 filled a 1 @ 98 taker, 0 left, fee 0.392',
    ],
  },
  {
    number: 'C18',
    title: 'a market order takes whatever there is',
    steps: [rests(10, 'sell 1 @ 101'), place(20.5, 'a', 'buy 3')],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 101 taker, 2 left, fee 0.404',
      '20.5 filled a 2 @ 102 taker, 0 left, fee 0.816',
    ],
  },
  {
    number: 'C19',
    title: 'a market order with nobody to trade with is refused',
    setting: { hasBook: false },
    steps: [rests(10, 'buy 1 @ 99'), place(20.5, 'a', 'buy 1')],
    reports: ['20.5 order refused a: no-liquidity'],
  },
  {
    number: 'C20',
    title: 'a market order that finds too little ends with the rest untraded',
    setting: { hasBook: false },
    steps: [rests(10, 'sell 1 @ 101'), place(20.5, 'a', 'buy 2')],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 101 taker, 1 left, fee 0.404',
      '20.5 cancelled a: market-remainder, 1 left',
    ],
  },
  {
    number: 'C21',
    title: 'a market order stops ten percent from the best price',
    setting: { hasBook: false },
    steps: [
      rests(10, 'sell 1 @ 100'),
      rests(11, 'sell 1 @ 110'),
      rests(12, 'sell 5 @ 110.1'),
      place(20.5, 'a', 'buy 3'),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 100 taker, 2 left, fee 0.4',
      '20.5 filled a 1 @ 110 taker, 1 left, fee 0.44',
      '20.5 cancelled a: market-remainder, 1 left',
    ],
  },
  {
    number: 'C22',
    title: 'immediate or cancel takes, and its rest is cancelled',
    steps: [rests(10, 'sell 1 @ 101'), place(20.5, 'a', 'buy 2 @ 101', { timeInForce: 'ioc' })],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 101 taker, 1 left, fee 0.404',
      '20.5 cancelled a: ioc-remainder, 1 left',
    ],
  },
  {
    number: 'C23',
    title: 'immediate or cancel with nothing to take is cancelled whole',
    steps: [place(20.5, 'a', 'buy 2 @ 101', { timeInForce: 'ioc' })],
    reports: ['20.5 accepted a', '20.5 cancelled a: ioc-remainder, 2 left'],
  },
  {
    number: 'C24',
    title: 'fill or kill trades whole at once',
    steps: [
      rests(10, 'sell 1 @ 101'),
      rests(11, 'sell 1 @ 101.5'),
      place(20.5, 'a', 'buy 2 @ 101.5', { timeInForce: 'fok' }),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 101 taker, 1 left, fee 0.404',
      '20.5 filled a 1 @ 101.5 taker, 0 left, fee 0.406',
    ],
  },
  {
    number: 'C25',
    title: 'fill or kill trades nothing where it cannot trade whole',
    steps: [rests(10, 'sell 1 @ 101'), place(20.5, 'a', 'buy 2 @ 101.5', { timeInForce: 'fok' })],
    reports: ['20.5 accepted a', '20.5 cancelled a: fok-unfilled, 2 left'],
  },
  {
    number: 'C26',
    title: 'what one order took is not there for the next',
    steps: [
      rests(10, 'sell 1.5 @ 101'),
      place(20.5, 'a', 'buy 1 @ 101', { timeInForce: 'ioc' }),
      place(21.5, 'b', 'buy 1 @ 101', { timeInForce: 'ioc' }),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 101 taker, 0 left, fee 0.404',
      '21.5 accepted b',
      '21.5 filled b 0.5 @ 101 taker, 0.5 left, fee 0.202',
      '21.5 cancelled b: ioc-remainder, 0.5 left',
    ],
  },
  {
    number: 'C27',
    title: 'what comes after that is',
    steps: [
      rests(10, 'sell 1 @ 101'),
      place(20.5, 'a', 'buy 1 @ 101'),
      rests(30, 'sell 2 @ 101', 'more'),
      place(40.5, 'b', 'buy 1.5 @ 101', { timeInForce: 'ioc' }),
    ],
    reports: [
      '20.5 accepted a',
      '20.5 filled a 1 @ 101 taker, 0 left, fee 0.404',
      '40.5 accepted b',
      '40.5 filled b 1.5 @ 101 taker, 0 left, fee 0.606',
    ],
  },
  {
    number: 'C28',
    title: 'an order meets the book of its arrival, not that of its sending',
    steps: [
      rests(10, 'sell 1 @ 101', 'early'),
      leaves(15, 'early'),
      rests(16, 'sell 1 @ 100.5'),
      place(20.5, 'a', 'buy 1 @ 101'),
    ],
    reports: ['20.5 accepted a', '20.5 filled a 1 @ 100.5 taker, 0 left, fee 0.402'],
  },
];
