import { describe, expect, test } from 'vitest';
import { Scene } from './scene.ts';

function opened(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
  return new Scene(options).book(1_000, [['100.0', '5.0']], [['100.2', '5.0']]);
}

describe('funds', () => {
  test('a resting buy holds its price and the worse fee, a resting sell its size', () => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0');
    scene.place('sell', '100.2', '3.0');
    scene.wait(1_100);
    expect(scene.venue.free('USD')).toBe('999799.2'); // 200 and 0.4 %
    expect(scene.venue.free('BTC')).toBe('997');
    expect(scene.venue.balances()).toEqual({ BTC: '1000', USD: '1000000' });
  });

  test.each([
    ['the maker’s fee where that is higher', { maker: '0.01', taker: '0.004' }, '999798'],
    ['no rebate', { maker: '-0.001', taker: '-0.0005' }, '999800'],
  ])('a resting buy holds %s', (_, fees, free) => {
    const scene = opened({ fees });
    scene.place('buy', '100.0', '2.0');
    expect(scene.wait(1_100).venue.free('USD')).toBe(free);
  });

  test('what a cancel, an amend or a fill releases is free again', () => {
    const scene = opened();
    scene.place('buy', '100.0', '2.0');
    scene.wait(1_100);
    scene.amend('o1', { size: '1.0' });
    scene.wait(1_200);
    expect(scene.venue.free('USD')).toBe('999899.6');
    scene.print(1_300, '100.0', '5.4').wait(1_400);
    expect(scene.fills()).toEqual(['o1 0.4 @ 100.0 F5']);
    expect(scene.venue.balances()).toEqual({ BTC: '1000.4', USD: '999959.9' }); // 40 and 0.25 %
    expect(scene.venue.free('USD')).toBe('999899.66'); // 60 and 0.4 % are still held
    scene.cancel('o1');
    scene.wait(1_500);
    expect(scene.venue.free('USD')).toBe('999959.9');
  });

  test('held money cannot be spent twice', () => {
    const scene = opened({ balances: { USD: '300', BTC: '0.5' } });
    scene.place('buy', '100.0', '2.0');
    scene.place('buy', '99.0', '1.0');
    scene.place('buy', undefined, '1.0');
    scene.place('sell', undefined, '0.5');
    scene.place('sell', undefined, '0.1');
    scene.wait(1_100);
    expect(scene.answers()).toEqual([
      'accepted o1',
      'rejected o2 insufficient-funds', // 99.396 of 99.2
      'rejected o3 insufficient-funds',
      'accepted o4',
      'rejected o5 insufficient-funds',
    ]);
  });

  test('all of a balance can be spent, the fee included', () => {
    const scene = opened({ balances: { USD: '100.6008' } });
    scene.place('buy', undefined, '1.0');
    scene.wait(1_100);
    expect(scene.venue.balances()).toEqual({ USD: '0', BTC: '1' });
  });

  test('an amend counts its own hold as free', () => {
    const scene = opened({ balances: { USD: '201' } });
    scene.place('buy', '100.0', '1.0');
    scene.wait(1_100);
    scene.amend('o1', { size: '2.0' });
    scene.wait(1_200);
    expect(scene.answers()).toEqual(['accepted o1', 'amended o1']);
    expect(scene.venue.free('USD')).toBe('0.2');
  });

  test('a fee is exact to ten decimals, half up, and a rebate is negative', () => {
    const scene = opened({ fees: { maker: '-0.00012345678905', taker: '0.00000000005' } });
    scene.place('buy', undefined, '1.0');
    scene.place('buy', '100.1', '1.0');
    scene.wait(1_100).print(1_200, '100.0', '1.0').wait(1_300);
    const fees = scene.reports.filter((report) => report.type === 'fill').map(({ fee }) => fee);
    expect(fees).toEqual(['0.000000005', '-0.0123580246']); // 5.01e-9 → 0.0000000050; -0.012358024583905
  });
});
