import { micros } from '@kb/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeInput, encodeInput } from '../src/index.ts';
import type { SessionInput } from '../src/index.ts';

function throughJson(input: SessionInput): SessionInput {
  return decodeInput(JSON.parse(JSON.stringify(encodeInput(input))) as Record<string, unknown>);
}

test('a frame comes back byte for byte, whatever its bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const back = throughJson({ type: 'frame', recvTs: micros(5), frame: bytes });
      expect(back.type === 'frame' && [...back.frame]).toEqual([...bytes]);
    }),
  );
});

test('text keeps its replacement characters and byte order mark', () => {
  for (const text of ['{"a":"\ufffd"}', '\ufeff{}', '']) {
    const back = throughJson({ type: 'frame', recvTs: micros(5), frame: Buffer.from(text) });
    expect(back.type === 'frame' && Buffer.from(back.frame).toString()).toBe(text);
  }
});

test.each<SessionInput>([
  { type: 'tick', recvTs: micros(7) },
  { type: 'halt', recvTs: micros(7), cause: 'operator' },
  { type: 'state', recvTs: micros(7), symbol: 'BTC/USD', state: 'broken', cause: 'refused', detail: 'x' },
  { type: 'doubt', recvTs: micros(7), symbol: 'BTC/USD', detail: 'x' },
  { type: 'verdict', recvTs: micros(7), symbol: 'BTC/USD', agrees: true, detail: 'x' },
  { type: 'system', recvTs: micros(7), system: 'maintenance' },
])('a $type input comes back as it was', (input) => {
  expect(throughJson(input)).toEqual(input);
});

test.each([{}, { type: 'frame', recvTs: 1 }, { type: 'tick' }, { type: 'surprise', recvTs: 1 }])(
  'a record that is no input is refused with a code: %j',
  (record) => {
    expect(() => decodeInput(record)).toThrow(expect.objectContaining({ code: 'KB_ENGINE_BAD_INPUT_JOURNAL' }));
  },
);
