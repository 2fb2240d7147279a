import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { PaperSessionConfig } from '@kb/engine';
import { fileSystemDrive, SecondLocation } from '@kb/feed';
import type { Drive, LocationEvent } from '@kb/feed';
import { RunFolder, verifyJournal } from '@kb/journal';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import type { Micros } from '@kb/model';
import { expect, test } from 'vitest';
import { FeedTrails } from '../src/session/feed-trails.ts';
import { RunCopies } from '../src/session/run-copies.ts';
import { RunJournal } from '../src/session/run-journal.ts';
import type { RunJournalEnd } from '../src/session/run-journal.ts';
import { temporaryFolder } from './kb.ts';
import { PulledDrive } from './pulled-drive.ts';

const START = micros(1_795_000_000 * SECOND);
const POLL = micros(2 * SECOND);

const CONFIG: PaperSessionConfig = {
  symbols: ['BTC/USD'],
  depth: 10,
  channels: ['book'],
  strategies: [],
  latency: { name: 'test', feed: 1, entry: 1, ack: 1 },
  fees: { maker: '0', taker: '0' },
  balances: {},
  limits: { maxOrderNotional: {}, maxPositionNotional: {}, ordersPerSecond: 1, ordersPerMinute: 1 },
  reporting: 'USD',
};

/** A run of small segments, with a second location on a drive that comes and goes. */
class CopiedRun {
  readonly time: VirtualScheduler = new VirtualScheduler(START);
  readonly drive: PulledDrive = new PulledDrive();
  readonly events: LocationEvent[] = [];
  readonly folder: RunFolder;
  readonly second: SecondLocation;
  readonly copies: RunCopies;
  readonly trails: FeedTrails;
  readonly journal: RunJournal;
  readonly troubles: Error[] = [];
  readonly sealed: string[] = [];
  #written = 0;

  constructor(tampered: (drive: PulledDrive) => Partial<Drive> = () => ({})) {
    const root = temporaryFolder();
    this.folder = RunFolder.create({ root, mode: 'paper', name: 'test', now: START, suffix: 'abcd' });
    this.second = new SecondLocation({
      folder: this.drive.folder,
      kind: 'folder',
      scheduler: this.time,
      pollEvery: POLL,
      chunkBytes: 4096,
      drive: tampered(this.drive),
      onEvent: (event) => this.events.push(event),
    });
    this.copies = new RunCopies(this.folder, this.second);
    this.trails = new FeedTrails({
      base: join(this.folder.directory, '/'),
      scheduler: this.time,
      onBegin: (path, trail) => this.copies.add(path, trail),
      onFlush: () => this.copies.wake(),
      onError: (error) => this.troubles.push(error),
    });
    const { onSegment, onSealed } = this.copies.journal;
    this.journal = new RunJournal(this.folder.journalDirectory, CONFIG, () => undefined, {
      segmentBytes: 4000,
      flushBytes: 300,
      onSegment,
      onSealed: (path, plain) => {
        onSealed(path, plain);
        this.sealed.push(basename(path));
      },
    });
  }

  /** Writes enough for a few more segments, and waits until so many are compressed. */
  async write(segments: number): Promise<void> {
    const before = this.sealed.length;
    while (this.sealed.length < before + segments) await this.writeOne();
  }

  /** A record of each kind. */
  async writeOne(): Promise<void> {
    const recvTs = micros(START + this.#written);
    const [state, cause, detail] = ['stale', 'silence', noise(this.#written)] as const;
    this.journal.input({ type: 'state', recvTs, symbol: 'BTC/USD', state, cause, detail });
    const message = noise(this.#written + 1);
    this.journal.append({ type: 'strategy-error', on: this.#written, at: recvTs, strategyId: 'maker', message });
    this.trails.onDelta({ type: 'miss', symbol: 'BTC/USD', at: recvTs });
    this.#written += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }

  async poll(duration: Micros = POLL): Promise<void> {
    this.time.advance(duration);
    await this.second.settled();
  }

  async end(): Promise<RunJournalEnd> {
    await this.trails.close();
    const journal = await this.journal.close();
    this.folder.finish({ status: 'ended', exitCode: 0, now: START, summary: {}, journal: { ...journal } });
    await this.copies.close();
    return journal;
  }

  /** What lies in the run folder, by the name that its copies are to have. */
  get originals(): ReadonlyMap<string, Buffer> {
    const { directory, id } = this.folder;
    const names = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    return new Map(names.toSorted().map((path) => [`${id}${path.slice(directory.length)}`, readFileSync(path)]));
  }

  /** How the copies on the drive differ from the run, and what went wrong on the way: nothing may. */
  get faults(): readonly unknown[] {
    const [copies, originals] = [this.drive.files, this.originals];
    const names = new Set([...copies.keys(), ...originals.keys()]);
    const { state, bytesLeft, lost } = this.second.status;
    return [
      ...[...names].filter((name) => originals.get(name)?.equals(copies.get(name) ?? Buffer.of()) !== true),
      ...this.events.filter(({ type }) => type !== 'state'),
      ...this.troubles,
      ...(state === 'in-step' && bytesLeft === 0 && lost === 0 ? [] : [this.second.status]),
    ];
  }

  /** How the journals end that can be read on the drive alone. */
  get journalsOnDrive(): readonly unknown[] {
    const directory = join(this.drive.folder, this.folder.id, 'journal');
    return (['input', 'output'] as const).map((chain) => verifyJournal(directory, { chain }));
  }

  /** How the journals end on a drive that was pulled out, read without the run. */
  get journalsElsewhere(): readonly unknown[] {
    const elsewhere = temporaryFolder();
    for (const [name, copy] of this.drive.files) writeFileSync(join(elsewhere, basename(name)), copy);
    return (['input', 'output'] as const).map((chain) => verifyJournal(elsewhere, { chain }));
  }
}

/** Text that zstd cannot make much smaller. */
function noise(seed: number): string {
  let state = seed + 1;
  return Array.from({ length: 40 }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state.toString(36);
  }).join('');
}

test('a run goes on while its drive is away, and what the drive missed is caught up when it is back: whole, and once', async () => {
  const run = new CopiedRun();
  run.drive.plugIn();
  run.copies.start();
  await run.write(3);
  await run.poll();
  expect(run.second.status.state).toBe('in-step');
  await run.write(1);
  run.drive.pullOut();
  await run.write(4);
  await run.poll();
  expect(run.second.status).toMatchObject({ state: 'absent', lost: 0 });
  expect(run.drive.isLeftAlone).toBe(true);
  run.drive.plugIn();
  await run.poll();
  await run.write(2);
  const { input, output } = await run.end();
  expect(run.faults).toEqual([]);
  expect(run.journalsOnDrive).toMatchObject([
    { ...input, closed: true },
    { ...output, closed: true },
  ]);
  expect(input.segments).toBeGreaterThan(8);
});

test.each([1, 5, 12])(
  'a drive that goes in the middle of write %i leaves nothing torn behind once it is back',
  async (fatal) => {
    let writes = 0;
    const run = new CopiedRun((drive) => ({
      async append(folder, name, bytes, position, device): Promise<void> {
        writes += 1;
        if (writes !== fatal) return await fileSystemDrive.append(folder, name, bytes, position, device);
        await fileSystemDrive.append(folder, name, bytes.subarray(0, bytes.length >> 1), position, device);
        drive.pullOut();
        throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' });
      },
    }));
    run.drive.plugIn();
    run.copies.start();
    for (let round = 0; run.second.status.state !== 'absent' || round === 0; round += 1) {
      await run.write(1);
      await run.poll();
    }
    await run.write(3);
    run.drive.plugIn();
    await run.write(1);
    await run.poll();
    const { input, output } = await run.end();
    expect(run.faults).toEqual([]);
    expect(run.journalsOnDrive).toMatchObject([
      { ...input, closed: true },
      { ...output, closed: true },
    ]);
  },
);

test('a drive that goes while a segment takes the place of its plain copy still holds a journal that can be read', async () => {
  const run = new CopiedRun((drive) => ({
    async append(folder, name, bytes, position, device): Promise<void> {
      const half = name.endsWith('.zst') ? bytes.length >> 1 : bytes.length;
      await fileSystemDrive.append(folder, name, bytes.subarray(0, half), position, device);
      if (half === bytes.length) return;
      drive.pullOut();
      throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' });
    },
  }));
  run.drive.plugIn();
  run.copies.start();
  while (run.sealed.length === 0) {
    await run.writeOne();
    await run.second.settled();
    if (run.sealed.length === 0) await run.poll();
  }
  await run.poll();
  expect(run.second.status.state).toBe('absent');
  expect([...run.drive.files.keys()].filter((name) => name.endsWith('.zst'))).toHaveLength(1);
  expect(run.journalsElsewhere).toMatchObject([{ closed: false }, { closed: false }]);
  await run.end();
});

test('a run whose drive never comes ends as any other, and says what is not there', async () => {
  const run = new CopiedRun();
  run.copies.start();
  await run.write(2);
  await run.end();
  expect(run.second.status).toMatchObject({ state: 'absent', lost: 0 });
  expect(run.second.status.bytesLeft).toBe([...run.originals.values()].reduce((sum, { length }) => sum + length, 0));
});
