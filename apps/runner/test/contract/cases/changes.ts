import type { ContractCase } from '../contract-case.ts';
import { amend, edit, place, rests, takes } from '../script.ts';

/** Amends and edits. */
export const CHANGES: readonly ContractCase[] = [
  {
    number: 'C45',
    title: 'a smaller size keeps its place',
    steps: [
      rests(10, 'buy 1 @ 100', 'ahead'),
      place(20.5, 'a', 'buy 2 @ 100'),
      rests(30, 'buy 2 @ 100', 'behind'),
      amend(40.5, 'a', { size: '1.5' }),
      takes(50, 'sell 2 @ 100'),
    ],
    reports: [
      '20.5 accepted a',
      '40.5 amended a to 1.5 @ 100, 1.5 left',
      '50 filled a 1 @ 100 maker, 0.5 left, fee 0.25',
    ],
  },
  {
    number: 'C46',
    title: 'a larger size goes to the back',
    steps: [
      rests(10, 'buy 1 @ 100', 'ahead'),
      place(20.5, 'a', 'buy 1 @ 100'),
      rests(30, 'buy 2 @ 100', 'behind'),
      rests(31, 'buy 9 @ 99.5'),
      amend(40.5, 'a', { size: '1.5' }),
      takes(50, 'sell 2 @ 100'),
      takes(60, 'sell 3 @ 99.5'),
    ],
    reports: [
      '20.5 accepted a',
      '40.5 amended a to 1.5 @ 100, 1.5 left',
      '60 filled a 1.5 @ 100 maker, 0 left, fee 0.375',
    ],
  },
  {
    number: 'C47',
    title: 'another price goes to the back there',
    steps: [
      rests(10, 'buy 1 @ 99.5', 'there'),
      rests(11, 'buy 5 @ 99'),
      place(20.5, 'a', 'buy 1 @ 100'),
      amend(30.5, 'a', { price: '99.5' }),
      takes(40, 'sell 1 @ 99.5'),
      takes(50, 'sell 0.5 @ 99'),
    ],
    reports: [
      '20.5 accepted a',
      '30.5 amended a to 1 @ 99.5, 1 left',
      '50 filled a 0.5 @ 99.5 maker, 0.5 left, fee 0.12438',
    ],
  },
  {
    number: 'C48',
    title: 'a price that crosses takes',
    steps: [
      rests(10, 'sell 0.6 @ 101'),
      place(20.5, 'a', 'buy 1 @ 100'),
      amend(30.5, 'a', { price: '101' }),
      takes(40, 'sell 0.2'),
    ],
    reports: [
      '20.5 accepted a',
      '30.5 amended a to 1 @ 101, 1 left',
      '30.5 filled a 0.6 @ 101 taker, 0.4 left, fee 0.2424',
      '40 filled a 0.2 @ 101 maker, 0.2 left, fee 0.0505',
    ],
  },
  {
    number: 'C49',
    title: 'a size below what is filled cancels the rest',
    steps: [place(20.5, 'a', 'buy 2 @ 100'), takes(30, 'sell 1'), amend(40.5, 'a', { size: '0.5' })],
    reports: ['20.5 accepted a', '30 filled a 1 @ 100 maker, 1 left, fee 0.25', '40.5 cancelled a: requested, 1 left'],
  },
  {
    number: 'C50',
    title: 'a size is the whole, with what is filled',
    steps: [
      place(20.5, 'a', 'buy 2 @ 100'),
      takes(30, 'sell 1'),
      amend(40.5, 'a', { size: '1.5' }),
      takes(50, 'sell 1'),
    ],
    reports: [
      '20.5 accepted a',
      '30 filled a 1 @ 100 maker, 1 left, fee 0.25',
      '40.5 amended a to 1.5 @ 100, 0.5 left',
      '50 filled a 0.5 @ 100 maker, 0 left, fee 0.125',
    ],
  },
  {
    number: 'C51',
    title: 'an order that has filled meanwhile cannot be amended',
    steps: [place(20.5, 'a', 'buy 1 @ 100'), takes(39, 'sell 1'), amend(40.5, 'a', { price: '99' })],
    reports: ['20.5 accepted a', '39 filled a 1 @ 100 maker, 0 left, fee 0.25', '40.5 amend refused a: unknown-order'],
  },
  {
    number: 'C52',
    title: 'an amend of nothing is refused',
    steps: [place(20.5, 'a', 'buy 1 @ 100'), amend(30.5, 'a', { price: '100' })],
    reports: ['20.5 accepted a', '30.5 amend refused a: no-change'],
  },
  {
    number: 'C53',
    title: 'an amend below the minimum is refused',
    steps: [
      place(20.5, 'a', 'buy 1 @ 100'),
      amend(30.5, 'a', { size: '0.00001' }),
      amend(31.5, 'a', { size: '0.001' }),
    ],
    reports: ['20.5 accepted a', '30.5 amend refused a: below-min-qty', '31.5 amend refused a: below-min-cost'],
  },
  {
    number: 'C54',
    title: 'an amend that the money does not suffice for is refused',
    steps: [place(20.5, 'a', 'buy 1 @ 100'), amend(30.5, 'a', { size: '200' }), amend(40.5, 'a', { size: '90' })],
    reports: ['20.5 accepted a', '30.5 amend refused a: insufficient-funds', '40.5 amended a to 90 @ 100, 90 left'],
  },
  {
    number: 'C55',
    title: 'an edit ends the order and begins another at the back',
    steps: [
      rests(10, 'buy 1 @ 100', 'ahead'),
      place(20.5, 'e1', 'buy 1 @ 100', { tagged: true }),
      rests(30, 'buy 2 @ 100', 'behind'),
      rests(31, 'buy 9 @ 99.5'),
      edit(40.5, 'e1', 'e2', { size: '0.5' }),
      takes(50, 'sell 3 @ 99.5'),
      takes(60, 'sell 1 @ 99.5'),
    ],
    reports: [
      '20.5 accepted e1',
      '40.5 cancelled e1: replaced, 1 left',
      '40.5 accepted e2',
      '60 filled e2 0.5 @ 100 maker, 0 left, fee 0.125',
    ],
  },
  {
    number: 'C56',
    title: 'an edit that is refused leaves the order',
    steps: [
      place(20.5, 'e1', 'buy 1 @ 100', { tagged: true }),
      edit(30.5, 'e1', 'e2', { size: '200' }),
      takes(40, 'sell 1'),
    ],
    reports: [
      '20.5 accepted e1',
      '30.5 order refused e2: insufficient-funds',
      '40 filled e1 1 @ 100 maker, 0 left, fee 0.25',
    ],
  },
  {
    number: 'C57',
    title: 'an edit below what is filled is refused',
    steps: [
      place(20.5, 'e1', 'buy 2 @ 100', { tagged: true }),
      takes(30, 'sell 1'),
      edit(40.5, 'e1', 'e2', { size: '0.5' }),
    ],
    reports: [
      '20.5 accepted e1',
      '30 filled e1 1 @ 100 maker, 1 left, fee 0.25',
      '40.5 order refused e2: invalid-order',
    ],
  },
];
