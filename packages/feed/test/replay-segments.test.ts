import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeRecordedFrame } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import { expect, onTestFinished, test } from 'vitest';
import { ReplayFeed } from '../src/index.ts';
import { EventLog } from './event-log.ts';
import { Pair, START, STATUS } from './venue.ts';

/** Writes a recording of three segments, each of them with another update of one book. */
function segments(): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'kb-segments-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const pair = new Pair();
  const frames = [[STATUS, pair.snapshot()], [pair.nudge()], [pair.nudge()]];
  return frames.map((each, index) => {
    const path = join(folder, `run-${String(index + 1).padStart(6, '0')}.ndjson`);
    const recvTs = micros(START + index * SECOND);
    writeFileSync(path, each.map((frame) => encodeRecordedFrame(recvTs, 'rx', frame)).join(''));
    return path;
  });
}

test('the segments of a recording are played as one, whatever order they are named in', async () => {
  const [one = '', two = '', three = ''] = segments();
  const replay = new ReplayFeed({ source: [three, one, two] });
  await replay.run();
  expect(replay.statsOf('BTC/USD')).toMatchObject({ snapshots: 1, updates: 2, checksumOk: 3, skipped: 0 });
});

test('what follows a segment that is missing waits for its snapshot', async () => {
  const [one = '', , three = ''] = segments();
  const log = new EventLog();
  const replay = new ReplayFeed({ source: [one, three], onEvent: log.push });
  await replay.run();
  expect(replay.statsOf('BTC/USD')).toMatchObject({ snapshots: 1, updates: 0, checksumFailed: 0, skipped: 1 });
  expect(log.states).toContain('* connecting disconnect');
});
