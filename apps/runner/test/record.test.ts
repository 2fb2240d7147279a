import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ReplayFeed } from '@kb/feed';
import { expect, test } from 'vitest';
import { runKb, startKb, temporaryFolder } from './kb.ts';
import type { KbResult } from './kb.ts';

/** Records from a local exchange for a second. */
async function recordSim(...flags: readonly string[]): Promise<KbResult> {
  const sim = startKb('sim', '--json', '--warm-up', '1s');
  const { url } = JSON.parse(await sim.firstLine) as { url: string };
  return runKb('record', '--url', url, '--depth', '10', '--for', '1s', ...flags);
}

test('everything wrong with how a recording is to be kept is told at once', async () => {
  const result = await runKb(
    'record',
    '--rotate-size=0',
    '--rotate-every=0s',
    '--keep-segments=0',
    '--keep-size=much',
    '--keep-age=old',
    '--keep-uncopied=1GB',
    '--min-free=-1',
    '--fsync=often',
    '--second-location-is-folder',
    '--second-location-keep=1GB',
  );
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain('10 problems');
  for (const flag of ['rotate-size', 'rotate-every', 'keep-segments', 'keep-size', 'keep-age', 'keep-uncopied']) {
    expect(result.stderr).toContain(`--${flag}`);
  }
  expect(result.stderr).toContain('--fsync: expected a duration');
  expect(result.stderr).toContain('--second-location-keep goes with --second-location only');
});

test('a recording is copied to the second location, whose copies verify, and the summary names them', async () => {
  const folder = temporaryFolder();
  const [out, usb] = [join(folder, 'out'), join(folder, 'usb')];
  mkdirSync(usb);
  const flags = [
    '--second-location',
    usb,
    '--second-location-is-folder',
    '--rotate-every',
    '400ms',
    '--fsync',
    '200ms',
  ];
  const result = await recordSim('--out', out, ...flags, '--json');
  expect(result.exitCode).toBe(0);
  expect(result.stderr).toContain('second location present');
  expect(result.stderr).toContain('second location in-step');
  const document = JSON.parse(result.stdout) as {
    paths: string[];
    secondLocation: { state: string; bytesLeft: number; files: { name: string }[] };
  };
  expect(document.secondLocation).toMatchObject({ state: 'in-step', bytesLeft: 0 });
  const names = document.secondLocation.files.map(({ name }) => name);
  const trail = names.find((name) => name.endsWith('-audit-000001.ndjson')) ?? '';
  expect(names.filter((name) => name !== trail)).toEqual(document.paths.map((path) => basename(path)));
  expect(readFileSync(join(usb, trail), 'utf8')).toBe(readFileSync(join(out, trail), 'utf8'));
  expect(readFileSync(join(usb, trail), 'utf8')).toContain('"state":"live"');
  expect(document.paths.length).toBeGreaterThan(1);
  for (const path of document.paths) {
    const copy = join(usb, basename(path));
    expect(readFileSync(copy).equals(readFileSync(path))).toBe(true);
    const replay = new ReplayFeed({ source: copy });
    await replay.run();
    expect(replay.statsOf('BTC/USD')).toMatchObject({ checksumFailed: 0 });
  }
});

test('a second location that is not there is told, and changes nothing', async () => {
  const folder = temporaryFolder();
  const missing = join(folder, 'usb');
  const result = await recordSim('--out', join(folder, 'out'), '--second-location', missing);
  expect(result.exitCode).toBe(0);
  expect(result.stderr).toContain('second location absent: ');
  expect(result.stdout).toMatch(/second location absent \(.*there is no such folder\), .* are not there/);
  expect(readdirSync(folder)).toEqual(['out']);
});

test('old segments are removed as told', async () => {
  const out = join(temporaryFolder(), 'out');
  const result = await recordSim('--out', out, '--rotate-every', '100ms', '--keep-segments', '2', '--json');
  expect(result.exitCode).toBe(0);
  const { paths, removed } = JSON.parse(result.stdout) as { paths: string[]; removed: string[] };
  expect(removed.length).toBeGreaterThan(0); // a slow machine has time for few segments
  const segments = readdirSync(out).filter((name) => name.endsWith('.zst'));
  expect(segments).toEqual(paths.map((path) => basename(path)));
  expect(paths).toHaveLength(2);
  expect(result.stderr).toContain(`removed ${removed[0]}`);
});

test('too little room stops the recording with a code of its own', async () => {
  const result = await recordSim('--out', join(temporaryFolder(), 'out'), '--min-free', '9000TB');
  expect(result.exitCode).toBe(4);
  expect(result.stderr).toContain('error KB_FEED_RECORDER_NO_ROOM  ');
});
