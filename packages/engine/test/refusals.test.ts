import { micros } from '@kb/model';
import type { ExecutionReport } from '@kb/model';
import { expect, test } from 'vitest';
import { Refusals } from '../src/refusals.ts';

const at = { seq: 0, symbol: 'BTC/USD', venueTs: micros(0), recvTs: micros(0) };
const refused: ExecutionReport = {
  type: 'rejected',
  ...at,
  clientOrderId: 'mm-1',
  venueOrderId: undefined,
  reason: 'risk-refused',
  text: '',
};

test('a thousand of one strategy wait for an event, one more is an error, and each event counts anew', () => {
  const refusals = new Refusals();
  for (let event = 0; event < 2; event += 1) {
    for (let n = 0; n < 1_000; n += 1) refusals.keep('mm', refused);
    expect(refusals.take()).toHaveLength(1_000);
  }
  for (let n = 0; n < 1_000; n += 1) refusals.keep('mm', refused);
  expect(() => refusals.keep('mm', refused)).toThrow(expect.objectContaining({ code: 'KB_ENGINE_BAD_INTENT' }));
});
