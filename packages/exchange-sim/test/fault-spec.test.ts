import { micros, SECOND } from '@kb/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FAULT_KINDS } from '../src/faults/fault-kinds.ts';
import type { FaultKind } from '../src/faults/fault-kinds.ts';
import { faultText, parseFaults, valueOf } from '../src/faults/fault-spec.ts';
import type { FaultSpec } from '../src/faults/fault-spec.ts';
import { SimError } from '../src/index.ts';
import { LONGEST_TIME, readTime, timeText } from '../src/faults/fault-values.ts';

const seconds = (count: number): ReturnType<typeof micros> => micros(count * SECOND);

describe('faults as text', () => {
  test.each<[string, FaultSpec]>([
    ['reset', { kind: 'reset' }],
    ['crc@30s,pair=BTC/USD', { kind: 'crc', at: seconds(30), symbol: 'BTC/USD' }],
    ['crc,for=ever', { kind: 'crc', for: 'ever' }],
    [
      'drop=2.5%@1m,for=30s,every=5m,count=9,channel=trade',
      {
        kind: 'drop',
        value: '2.5%',
        at: seconds(60),
        for: seconds(30),
        every: seconds(300),
        count: 9,
        channel: 'trade',
      },
    ],
    ['handshake=429:30s,count=3', { kind: 'handshake', value: '429:30s', count: 3 }],
    ['orderack=late:1.5s', { kind: 'orderack', value: 'late:1.5s' }],
    ['precision=2/8@250ms,pair=BTC/USD', { kind: 'precision', value: '2/8', at: micros(250_000), symbol: 'BTC/USD' }],
    ['refuse=Currency pair not supported BTC/USD', { kind: 'refuse', value: 'Currency pair not supported BTC/USD' }],
    ['service=EService: Throttled: 1616492376', { kind: 'service', value: 'EService: Throttled: 1616492376' }],
    ['skew=-1h,for=2h', { kind: 'skew', value: '-1h', for: seconds(7200) }],
    [
      'status=reduce_only,pair=ETH/USD,for=1m',
      { kind: 'status', value: 'reduce_only', symbol: 'ETH/USD', for: seconds(60) },
    ],
  ])('%s', (text, spec) => {
    expect(parseFaults([text])).toEqual([spec]);
    expect(parseFaults([faultText(spec)])).toEqual([spec]);
  });

  test('values are read as numbers', () => {
    const read = (text: string): [string, number] => {
      const [spec] = parseFaults([text]);
      const { word, amount } = valueOf(spec!);
      return [word, amount];
    };
    expect(
      ['drop', 'drop=5%', 'huge', 'huge=200KiB', 'drip', 'close', 'html=520'].map((text) => read(text)[1]),
    ).toEqual([1, 0.05, 64 * 2 ** 20, 200 * 2 ** 10, 1, 1012, 520]);
    expect(['ack', 'ack=late', 'ack=late:5s', 'handshake', 'handshake=403', 'skew=-5s'].map(read)).toEqual([
      ['lost', 0],
      ['late', 2 * SECOND],
      ['late', 5 * SECOND],
      ['503', 5 * SECOND],
      ['403', 0],
      ['-5s', -5 * SECOND],
    ]);
  });

  test.each([
    ['dropp', 'unknown kind "dropp"; there are reset, halfopen,'],
    ['', 'unknown kind ""'],
    ['drop=5', 'expected a share, as 5% or 0.5%, was "5"'],
    ['drop=0%', 'expected a share'],
    ['drop=101%', 'expected a share'],
    ['reset=1', 'takes no value'],
    ['reset,for=5s', 'happens in a moment and takes no for; every repeats it'],
    ['reset,count=2', 'count needs every: how often it begins'],
    ['delay,count=2', 'count needs every'],
    ['delay=500', 'expected a time, as 500ms, 30s or 5m, was "500"'],
    ['delay,every=1m', 'every needs for: how long it holds each time'],
    ['delay,every=1m,for=1m', 'for must be shorter than every'],
    ['drop,every=1m,for=ever', 'for must be shorter than every'],
    ['drop@soon', '@ takes a time such as 30s, was "soon"'],
    ['drop@8761h', '@ takes a time such as 30s, was "8761h"'],
    ['skew=-999999999h', 'expected a time forward or back, as 5s or -1h, was "-999999999h"'],
    ['drop,for=0s', 'for takes a time above zero'],
    ['drop,every=0s', 'every takes a time above zero'],
    ['drop,count=0', 'count takes a whole number above zero'],
    ['drop,count=x', 'count takes a whole number above zero'],
    ['drop,speed=3', 'unknown option "speed=3"'],
    ['drop,pair=', 'pair and channel take a name'],
    ['reset,pair=BTC/USD', 'cannot be limited to a pair'],
    ['drop,channel=boook', 'there is no channel "boook"; there are book, level3, trade,'],
    ['drop,channel=status', 'there is no channel "status"'],
    ['crc,channel=book', 'cannot be limited to a channel'],
    ['precision=2/8', 'needs pair='],
    ['precision,pair=BTC/USD', 'needs a value: decimals of price and quantity, as 2/8'],
    ['precision=2/11,pair=BTC/USD', 'expected decimals of price and quantity'],
    ['handshake=418', 'expected one of 403, 429[:TIME], 502, 503[:TIME], tls, was "418"'],
    ['handshake=403:5s', 'expected one of'],
    ['close=1006', 'expected one of 1000, 1001,'],
    ['huge=1GiB', 'expected a size up to 128MiB'],
    ['huge=129MiB', 'expected a size up to 128MiB'],
    [
      'status=reduce_only',
      'only a pair can be reduce_only; the system is one of online, cancel_only, maintenance, post_only',
    ],
    ['skew=0s', 'expected a time forward or back'],
  ])('refuses %j', (text, mistake) => {
    expect(() => parseFaults([text])).toThrow(
      expect.objectContaining({
        code: 'KB_SIM_BAD_OPTION',
        message: expect.stringContaining(`${text}: ${mistake}`) as string,
        hint: 'A fault is kind[=value][@start][,for=30s][,every=5m][,count=3][,pair=BTC/USD][,channel=book].',
      }),
    );
  });

  test('tells all mistakes of all faults at once', () => {
    const message = (): string => {
      try {
        parseFaults(['drop', 'reset=1,for=5s,pair=BTC/USD', 'nonsense', 'crc@x,colour=red']);
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
      return '';
    };
    expect(
      message()
        .split('\n')
        .map((line) => line.replace(/; there are.*/, '')),
    ).toEqual([
      'reset=1,for=5s,pair=BTC/USD: takes no value',
      'reset=1,for=5s,pair=BTC/USD: happens in a moment and takes no for; every repeats it',
      'reset=1,for=5s,pair=BTC/USD: cannot be limited to a pair',
      'nonsense: unknown kind "nonsense"',
      'crc@x,colour=red: @ takes a time such as 30s, was "x"',
      'crc@x,colour=red: unknown option "colour=red"',
    ]);
  });

  test('every kind can be had by its name alone, but for those that need a pair', () => {
    const kinds = Object.keys(FAULT_KINDS) as FaultKind[];
    const alone = kinds.filter((kind) => FAULT_KINDS[kind].pair !== 'must');
    expect(parseFaults(alone).map(({ kind }) => kind)).toEqual(alone);
    expect(kinds.filter((kind) => !alone.includes(kind))).toEqual(['precision', 'delist']);
  });

  test('what is shown of a value says what it takes, and the standing one is right', () => {
    const values = Object.values(FAULT_KINDS).flatMap(({ value }) => (value === undefined ? [] : [value]));
    expect(values.filter(({ expects }) => !/^(a |one of |bytes |decimals )/.test(expects))).toEqual([]);
    expect(values.filter(({ otherwise, read }) => otherwise !== undefined && read(otherwise) === undefined)).toEqual(
      [],
    );
  });

  test('no text makes the reader throw anything but its own error', () => {
    const piece = fc.constantFrom(
      'drop',
      'status',
      'ack',
      'skew',
      '=',
      '@',
      ',',
      ':',
      '5s',
      '%',
      '-',
      'late',
      'for=',
      'every=',
      'count=',
      'pair=',
      '9',
      '\u{1f600}',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          let specs: readonly FaultSpec[] = [];
          let code: unknown = 'KB_SIM_BAD_OPTION';
          try {
            specs = parseFaults([text]);
          } catch (error) {
            code = error instanceof SimError ? error.code : error;
          }
          expect([code, parseFaults(specs.map(faultText))]).toEqual(['KB_SIM_BAD_OPTION', specs]);
        },
      ),
      { seed: 8, numRuns: 1000 },
    );
  });

  test('times survive being written and read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LONGEST_TIME }), fc.nat(), (time, count) => {
        expect(readTime(timeText(time))).toBe(time);
        const spec: FaultSpec = { kind: 'crc', at: micros(time), count: Number.MAX_SAFE_INTEGER - count };
        expect(parseFaults([faultText(spec)])).toEqual([spec]);
      }),
      { seed: 9 },
    );
  });

  test('a fault made by a program has the same limits as one that was written', () => {
    const tooLong = micros(LONGEST_TIME + 1);
    for (const times of [{ at: tooLong }, { for: tooLong }, { every: tooLong }]) {
      expect(() => valueOf({ kind: 'drop', ...times })).toThrow('drop: no time can be longer than a year');
    }
    expect(valueOf({ kind: 'drop', at: micros(LONGEST_TIME) })).toMatchObject({ word: '100%' });
  });
});
