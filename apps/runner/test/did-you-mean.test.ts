import { expect, test } from 'vitest';
import { didYouMean } from '../src/did-you-mean.ts';

test.each([
  ['--latncy', ['--latency', '--for', '--balance'], '--latency'],
  ['btcusd', ['ETH/USD', 'BTC/USD'], 'BTC/USD'],
  ['makr', ['maker', 'probe'], 'maker'],
  ['banana', ['maker', 'probe'], undefined],
  ['', ['maker'], undefined],
])('%j among %j means %j', (word, candidates, expected) => {
  expect(didYouMean(word, candidates)).toBe(expected);
});
