import type { RecordedFrame } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import { expect, test } from 'vitest';
import { FeedCore, verifyRecording } from '../src/index.ts';
import { EventLog } from './event-log.ts';
import { Level3Pair } from './level3-venue.ts';
import { HEARTBEAT, START, STATUS } from './venue.ts';

const BTC = 'BTC/USD';

/** Ten seconds of single orders, of which one message, in the fifth, is wrong. */
function recording(): RecordedFrame[] {
  const pair = new Level3Pair(BTC);
  const raw = [STATUS, pair.snapshot(), pair.join('A'), HEARTBEAT, pair.join('B'), pair.join('C', 1), pair.join('D')];
  raw.push(HEARTBEAT, pair.snapshot(), pair.join('E'), HEARTBEAT);
  return raw.map((text, second) => {
    const recvTs = micros(START + second * SECOND);
    return { recvTs, tsNs: `${recvTs}000`, dir: 'rx', raw: Buffer.from(text) };
  });
}

test('a recording of single orders is verified like one of levels', async () => {
  const report = (await verifyRecording(recording())).symbols[BTC];
  expect(report).toMatchObject({ messages: 7, checksumOk: 5, checksumFailed: 1, skipped: 1, gapCount: 2 });
  expect(
    report?.gaps.map(({ cause, from, to }) => `${cause} ${(from - START) / SECOND}-${(to - START) / SECOND}`),
  ).toEqual(['start 0-1', 'checksum 5-8']);
});

test('the same frames give the same events', () => {
  const run = (): EventLog => {
    const log = new EventLog();
    const core = new FeedCore({ onEvent: log.push });
    for (const { recvTs, raw } of recording()) core.handle({ type: 'frame', recvTs, frame: raw });
    return log;
  };
  const [first, second] = [run(), run()];
  expect(first.count('level3', BTC)).toBe(5);
  expect(first.lines).toEqual(second.lines);
});
