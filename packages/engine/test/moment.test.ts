import { micros } from '@kb/model';
import { expect, test } from 'vitest';
import { Moment } from '../src/moment.ts';

test('a timer moves time on, and is no word from the market', () => {
  const moment = new Moment();
  const at = (time: number, seq: number) =>
    ({ seq, venueTs: micros(time), recvTs: micros(time), symbol: undefined }) as const;
  moment.moveTo({ type: 'status', system: 'online', ...at(5, 1) });
  moment.moveTo({ type: 'timer', ...at(9, 2) });
  moment.moveTo({ type: 'timer', ...at(7, 3) });
  expect(moment).toMatchObject({ seq: 3, now: 9, recvTs: 7, heardTs: 5 });
});
