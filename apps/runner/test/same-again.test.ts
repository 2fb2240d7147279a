import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { encodeInput, PaperSession, rerun } from '@kb/engine';
import type { OutputRecord, PaperSessionConfig, SessionInput } from '@kb/engine';
import { ReplayFeed, webSocketDial } from '@kb/feed';
import { JournalWriter, readJournal } from '@kb/journal';
import { encodeRecordedFrame } from '@kb/kraken';
import { keyedRandom, micros, SECOND } from '@kb/model';
import { describe, expect, test } from 'vitest';
import { paper } from '../src/commands/paper.ts';
import { replayDiff } from '../src/commands/replay-diff.ts';
import type { PaperOptions } from '../src/options.ts';
import { recordedConfig, recordedInputs } from '../src/session/recorded-run.ts';
import type { RunDocument } from '../src/session/paper-run.ts';
import { chopped } from './chopped-socket.ts';
import { temporaryFolder, testContext } from './kb.ts';

// What a run decides hangs on nothing but its inputs: not on how a socket cuts them, not on how they were kept, and not one byte
// of them may change. That it does not hang on the version of Node, `pnpm check:nodes` shows; that a live run over real sockets comes
// again from its journal, paper.test.ts and resume.test.ts.

async function runPaper(options: Partial<PaperOptions>): Promise<RunDocument> {
  const { context, texts } = testContext();
  const given: PaperOptions = {
    source: { kind: 'sim' },
    speed: 'max',
    pair: 'BTC/USD',
    strategy: 'maker',
    latency: micros(30_000),
    for: undefined,
    depth: undefined,
    account: { fees: { maker: '0.0002', taker: '0.0004' } },
    balances: {},
    params: {},
    connectTimeout: micros(10 * SECOND),
    second: undefined,
    seed: 6,
    runs: temporaryFolder(),
    json: true,
    color: false,
    ...options,
  };
  expect(await paper(given, context)).toBe(0);
  return JSON.parse(texts.stdout) as RunDocument;
}

const journalOf = ({ folder }: RunDocument): string => join(folder, 'journal');

/** A live run in virtual time, what came in, and what it decided. */
interface Lived {
  readonly config: PaperSessionConfig;
  readonly inputs: readonly SessionInput[];
  readonly decided: readonly string[];
}

async function lived(): Promise<Lived> {
  const document = await runPaper({ for: micros(60 * SECOND) });
  const [config, inputs] = [recordedConfig(journalOf(document)), [...recordedInputs(journalOf(document))]];
  const outputs = [...readJournal(journalOf(document), { chain: 'output' })];
  return { config, inputs, decided: decisionsIn(outputs) };
}

/** Output records without what only numbers inputs or tells of our clock. */
function decisionsIn(records: readonly object[]): readonly string[] {
  const numbers = ['seq', 'on', 'bookSeq', 'recvTs'];
  return records.map((record) =>
    JSON.stringify(record, (key, value: unknown) => (numbers.includes(key) ? undefined : value)),
  );
}

async function outputHash(config: PaperSessionConfig, inputs: readonly SessionInput[]): Promise<string> {
  const hash = createHash('sha256');
  await rerun(config, inputs, {
    append: (record: OutputRecord) => hash.update(JSON.stringify(record)),
    durable: () => undefined,
  });
  return hash.digest('hex');
}

/** Frames as a feed's socket hands them on, when a server has sent them cut up. */
async function framesOver(frames: readonly Uint8Array[], seed: number): Promise<readonly Uint8Array[]> {
  const server = await chopped(frames, seed);
  const received: Uint8Array[] = [];
  await new Promise<void>((resolve) => {
    webSocketDial()(server.url, {
      onOpen: () => undefined,
      onMessage: (frame) => received.push(frame),
      onClose: () => resolve(),
    });
  });
  await server.close();
  return received;
}

async function diff(path: string): Promise<{ exitCode: number; stderr: string }> {
  const { context, texts } = testContext();
  return { exitCode: await replayDiff({ path, json: true, color: false }, context), stderr: texts.stderr };
}

describe('a run is the same', () => {
  test('however the socket cuts and joins what comes over it', async () => {
    const live = await lived();
    const straight = await outputHash(live.config, live.inputs);
    const frames = live.inputs.flatMap((input) => (input.type === 'frame' ? [input.frame] : []));
    for (const seed of [1, 2, 3]) {
      const received = (await framesOver(frames, seed)).values();
      const inputs = live.inputs.map((input): SessionInput =>
        input.type === 'frame' ? { ...input, frame: received.next().value ?? new Uint8Array() } : input,
      );
      expect(received.next().done).toBe(true);
      expect(await outputHash(live.config, inputs)).toBe(straight);
    }
  });

  test('as a backtest on a recording made of its frames', async () => {
    const live = await lived();
    const path = join(temporaryFolder(), 'tape.ndjson');
    const lines = live.inputs.map((input) =>
      input.type === 'frame' ? encodeRecordedFrame(input.recvTs, 'rx', input.frame) : '',
    );
    writeFileSync(path, lines.join(''));
    const { symbols, depth } = live.config;
    const records: OutputRecord[] = [];
    const replay: ReplayFeed = new ReplayFeed({
      source: path,
      symbols,
      depth,
      tickEvery: micros(SECOND), // as a live feed's, unless told
      onEvent: (event) => session.onEvent(event),
    });
    const session = new PaperSession(live.config, replay.market, {
      append: (record) => records.push(record),
      durable: () => undefined,
    });
    await replay.run();
    expect(session.finish().fills.total).toBeGreaterThan(10);
    expect(decisionsIn(records)).toEqual(live.decided);
  });
});

describe('a run whose inputs were changed is found out', () => {
  /** A copy of the run with its input journal as plain text. */
  async function plainCopy(): Promise<{ readonly folder: string; readonly segment: string; readonly bytes: Buffer }> {
    const { folder } = await runPaper({ for: micros(5 * SECOND) });
    const directory = join(folder, 'journal');
    const name = readdirSync(directory).find((each) => each.startsWith('input')) ?? '';
    const bytes = zstdDecompressSync(readFileSync(join(directory, name)));
    rmSync(join(directory, name));
    const segment = join(directory, basename(name, '.zst'));
    writeFileSync(segment, bytes);
    return { folder, segment, bytes };
  }

  test('by any byte that is not what was written: its line is named', async () => {
    const { folder, segment, bytes } = await plainCopy();
    expect((await diff(folder)).exitCode).toBe(0);
    for (let draw = 0; draw < 40; draw += 1) {
      const at = Math.floor(keyedRandom(9, 'byte', draw) * (bytes.length - 1));
      if (bytes[at] === 0x0a) continue; // a line break that goes joins two lines: the first is named all the same
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0x01;
      writeFileSync(segment, flipped);
      const line = bytes.subarray(0, at).toString('latin1').split('\n').length;
      await expect(diff(folder)).rejects.toMatchObject({ code: 'KB_JOURNAL_DAMAGED', place: { segment, line } });
    }
  });

  test('by a digit of a frame under a chain of its own: the first record that comes out otherwise is named', async () => {
    const { folder, segment } = await plainCopy();
    const directory = join(folder, 'journal');
    const [config, inputs] = [recordedConfig(directory), [...recordedInputs(directory)]];
    rmSync(segment);
    const forged = new JournalWriter({ directory, chain: 'input', header: { config } });
    const half = inputs.findIndex((input, index) => index > inputs.length / 2 && isBook(input));
    for (const [index, input] of inputs.entries()) {
      const changed = index === half && input.type === 'frame' ? { ...input, frame: spoilt(input.frame) } : input;
      const { seq: _seq, ...record }: Readonly<Record<string, unknown>> = { ...encodeInput(changed) };
      forged.append(record);
    }
    await forged.close();
    const { exitCode, stderr } = await diff(folder);
    expect(exitCode).toBe(6);
    const [, record = ''] = /record (\d+) was .*, is /.exec(stderr) ?? [];
    const outputs = [...readJournal(directory, { chain: 'output' })].length;
    expect(Number(record)).toBeGreaterThan(0);
    expect(Number(record)).toBeLessThan(outputs);
  });

  const isBook = (input: SessionInput): boolean =>
    input.type === 'frame' && Buffer.from(input.frame).includes('"channel":"book","type":"update"');
  const spoilt = (frame: Uint8Array): Uint8Array =>
    Buffer.from(
      Buffer.from(frame)
        .toString()
        .replace(/"checksum":\d/, (text) => (text.endsWith('1') ? '"checksum":2' : '"checksum":1')),
    );
});
