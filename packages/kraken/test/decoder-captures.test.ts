import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { KeyedRandom } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { KrakenDecoder } from '../src/decoder.ts';
import { readRecording } from '../src/recording.ts';
import { BOOK_CAPTURES, CAPTURES, hasCaptures, NEEDS_CAPTURES } from './support/captures.ts';
import { bytes, otherwise } from './support/frames.ts';
import { differenceOf } from './support/fuzz.ts';
import { parseKeepingDigits, plainBook, slowBook } from './support/slow-model.ts';

async function received(file: string): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = [];
  for await (const { dir, raw } of readRecording(CAPTURES + file)) if (dir === 'rx') frames.push(raw);
  return frames;
}

describe.skipIf(!hasCaptures)(`the recorded frames ${NEEDS_CAPTURES}`, () => {
  test.each(BOOK_CAPTURES)(
    'of $file all decode, to the numbers that the slow model reads',
    async ({ file, books, grid }) => {
      const decoder = new KrakenDecoder();
      const counts: Record<string, number> = {};
      for (const frame of await received(file)) {
        const message = decoder.decode(frame);
        counts[message.type] = (counts[message.type] ?? 0) + 1;
        const book = message.type === 'book' ? plainBook(message) : undefined;
        expect(book).toEqual(slowBook(frame, grid));
      }
      expect(counts).toMatchObject({ book: books });
      expect(Object.keys(counts).toSorted()).toEqual(
        file.includes('reserialised') ? ['book'] : ['ack', 'book', 'heartbeat', 'status'],
      );
    },
  );

  test.each(BOOK_CAPTURES)('of $file decode to the same written otherwise', async ({ file, grid }) => {
    const random = new KeyedRandom(7, file);
    let draws = 0;
    const draw = (): number => random.at((draws += 1));
    const decoder = new KrakenDecoder();
    for (const frame of await received(file)) {
      const message = decoder.decode(frame);
      if (message.type !== 'book') continue;
      const content = plainBook(message);
      const again = decoder.decode(bytes(otherwise(content, grid, draw)));
      expect(again.type === 'book' && plainBook(again)).toEqual(content);
    }
  });

  test('with any one byte changed are refused or read as the slow model reads them', async () => {
    const [snapshot, ...updates] = (await received(BOOK_CAPTURES[0].file)).filter((frame) =>
      Buffer.from(frame.subarray(0, 20)).includes('book'),
    );
    const { grid } = BOOK_CAPTURES[0];
    const decoder = new KrakenDecoder();
    const differences: string[] = [];
    let accepted = 0;
    const tryAll = (frame: Uint8Array, replacements: readonly number[]): void => {
      for (let at = 0; at < frame.length; at += 1) {
        const original = frame[at]!;
        for (const byte of replacements) {
          if (byte === original) continue;
          frame[at] = byte;
          decoder.setGrid('BTC/USD', grid);
          const message = decoder.decode(frame);
          if (message.type === 'book') {
            accepted += 1;
            const difference = differenceOf(message, frame, 'BTC/USD', grid);
            if (difference !== undefined) differences.push(`${difference}: ${Buffer.from(frame).toString('latin1')}`);
          }
        }
        frame[at] = original;
      }
    };
    const everyByte = Array.from({ length: 256 }, (_, byte) => byte);
    tryAll(Uint8Array.from(updates[0]!), everyByte);
    tryAll(Uint8Array.from(updates[100]!), [...Buffer.from('0159.-+eE"\\,:[]{} tn\u0000\u00ff', 'latin1')]);
    tryAll(Uint8Array.from(snapshot!), [...Buffer.from('07.-e" ]', 'latin1')]);
    expect(differences).toEqual([]);
    expect(accepted).toBeGreaterThan(1000);
  });

  test('of the instrument channel decode to 683 pairs, each with the numbers as sent', () => {
    const frame = gunzipSync(readFileSync(`${CAPTURES}instrument_snapshot_pre-2024-03-29.json.gz`));
    const decoder = new KrakenDecoder();
    const message = decoder.decode(frame);
    if (message.type !== 'instrument') throw new Error(message.type);
    expect(message.skipped).toEqual([]);
    expect(message.instruments).toHaveLength(683);
    const { data } = parseKeepingDigits(frame) as { data: { pairs: Record<string, { text: string } | string>[] } };
    message.instruments.forEach((instrument, index) => {
      const pair = data.pairs[index]!;
      const text = (name: string): string => (pair[name] as { text: string }).text;
      expect(instrument).toMatchObject({
        symbol: pair['symbol'],
        base: pair['base'],
        quote: pair['quote'],
        status: pair['status'],
      });
      expect(instrument).toMatchObject({
        pricePrecision: Number(text('price_precision')),
        qtyPrecision: Number(text('qty_precision')),
        minCost: text('cost_min'),
        costPrecision: Number(text('cost_precision')),
      });
      // Equal as doubles: both sides round the same exact value.
      expect(Number(`${instrument.tickSize}e-${instrument.pricePrecision}`)).toBe(Number(text('price_increment')));
      expect(Number(`${instrument.lotSize}e-${instrument.qtyPrecision}`)).toBe(Number(text('qty_increment')));
      expect(Number(`${instrument.minQty}e-${instrument.qtyPrecision}`)).toBe(Number(text('qty_min')));
      expect(decoder.gridOf(instrument.symbol)).toMatchObject({ pricePrecision: instrument.pricePrecision });
    });
  });
});
