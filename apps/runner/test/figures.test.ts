import { expect, test } from 'vitest';
import { bps, grouped, money, signed, signedMoney } from '../src/figures.ts';

test('whole digits are grouped by threes, decimals are left alone', () => {
  expect(['1', '123', '1234.5678', '-64210.10', '1000000'].map(grouped)).toEqual([
    '1',
    '123',
    '1 234.5678',
    '-64 210.10',
    '1 000 000',
  ]);
});

test('a signed figure writes its plus, and zero has no sign', () => {
  expect(['0.0140', '-0.0140', '0.0000', '0'].map(signed)).toEqual(['+0.0140', '-0.0140', '0.0000', '0']);
});

test('money has two decimals, four below a tenth, and rounds from decimal text, not from a float', () => {
  expect(['25000.015', '0.32', '0.00004', '1.005', '-1.005', '0', '12345678901234567890.125'].map(money)).toEqual([
    '25 000.02',
    '0.32',
    '0.0000',
    '1.00',
    '-1.00',
    '0.00',
    '12 345 678 901 234 567 890.12',
  ]);
  expect(['1.2', '-0.00001', '-3'].map(signedMoney)).toEqual(['+1.20', '0.0000', '-3.00']);
});

test('basis points lose decimals as they grow', () => {
  expect([0.0156, 12.34, 250.4].map(bps)).toEqual(['0.02 bps', '12.3 bps', '250 bps']);
});
