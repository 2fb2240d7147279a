/**
 * From a book frame's bytes to the order decided on it, inside the process: decoded, verified, matched, looked at by the
 * strategy, checked by risk, written down and taken by the paper venue. This is the loop's own share of every reaction to the
 * market.
 *
 * A seeded market in which a maker without patience decides on about a third of the frames; only frames that led to at least one
 * intent are counted, and the floor is the same frames through `FeedCore` alone.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FeedCore } from '@kb/feed';
import { JournalWriter } from '@kb/journal';
import type { FsyncPolicy } from '@kb/journal';
import { quantile } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { encodeInput, PaperSession } from '../src/index.ts';
import type { OutputRecord, OutputSink, SessionInput } from '../src/index.ts';
import { Market } from '../test/support/market.ts';
import { makerConfig } from '../test/support/outputs.ts';

const CONFIG = makerConfig({
  strategies: [
    {
      id: 'maker',
      use: 'maker',
      symbol: 'SOL/USD',
      params: { baseSpreadBps: 6, feeFloor: false, requoteThresholdBps: 0, minQuoteLifeMs: 0 },
    },
  ],
  latency: { name: 'bench', feed: 500, entry: 500, ack: 500 },
  limits: {
    maxOrderNotional: { USD: '500' },
    maxPositionNotional: { USD: '500' },
    ordersPerSecond: 1000,
    ordersPerMinute: 60_000,
  },
});

/** What a round found: nanoseconds by frame that led to an intent. */
interface Round {
  readonly decided: number[];
  /** Which frames they were. */
  readonly frames: number[];
}

export const run: BenchRun = async (options: BenchOptions): Promise<BenchRow[]> => {
  const inputs = new Market({ seed: 42 }).inputs(options.smoke ? 1_000 : 50_000);
  const few = inputs.slice(0, options.smoke ? 500 : 6_000); // a disk's sync takes longer than all else
  const rounds = options.smoke ? 1 : 7;
  const memory: Round[] = [];
  const journal: Round[] = [];
  const floor: number[] = [];
  const durable: Round[] = [];
  const directory = mkdtempSync(join(tmpdir(), 'kb-engine-bench-'));
  try {
    for (let round = options.smoke ? 0 : -1; round < rounds; round += 1) {
      const inMemory = play(inputs, new MemorySink());
      const journals = new Journals(join(directory, `never${round}`), 'never');
      const written = play(inputs, journals, (input) => journals.input(input));
      await journals.close();
      const bare = feedAlone(inputs, inMemory.frames);
      if (round < 0) continue;
      memory.push(inMemory);
      journal.push(written);
      floor.push(...bare);
    }
    const synced = new Journals(join(directory, 'intent'), 'intent');
    durable.push(play(few, synced, (input) => synced.input(input)));
    await synced.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const floorP50 = quantile(floor, 0.5) / 1000;
  const floorP99 = quantile(floor, 0.99) / 1000;
  return [
    ...rows('frame to decision, output in memory', samplesOf(memory), floorP50, floorP99),
    ...rows('frame to decision, both journals, no fsync', samplesOf(journal), floorP50, floorP99),
    ...rows('frame to decision, both journals, fsync each intent', samplesOf(durable), floorP50, floorP99),
    row('FeedCore alone, same frames, p50', floorP50),
    row('FeedCore alone, same frames, p99', floorP99),
    {
      name: 'decisions measured',
      median: samplesOf(memory).length,
      unit: 'frames',
      against: undefined,
      ratio: undefined,
    },
  ];
};

/** Runs a session over the inputs, and times those that lead to an intent. */
function play(
  inputs: readonly SessionInput[],
  sink: OutputSink & { readonly intents: number },
  tap: (input: SessionInput) => void = () => {},
): Round {
  const core: FeedCore = new FeedCore({
    symbols: CONFIG.symbols,
    depth: 10,
    onEvent: (event) => session.onEvent(event),
  });
  const session = new PaperSession(CONFIG, core.market, sink);
  const decided: number[] = [];
  const frames: number[] = [];
  for (let index = 0; index < inputs.length; index += 1) {
    const input = inputs[index]!;
    if (input.type !== 'frame') continue;
    const before = sink.intents;
    const start = process.hrtime.bigint();
    tap(input);
    core.handle(input);
    const end = process.hrtime.bigint();
    if (sink.intents === before) continue;
    decided.push(Number(end - start));
    frames.push(index);
  }
  return { decided, frames };
}

function feedAlone(inputs: readonly SessionInput[], frames: readonly number[]): number[] {
  const wanted = new Set(frames);
  let events = 0;
  const core = new FeedCore({
    symbols: CONFIG.symbols,
    depth: 10,
    onEvent: () => {
      events += 1;
    },
  });
  const times: number[] = [];
  for (let index = 0; index < inputs.length; index += 1) {
    const input = inputs[index]!;
    if (input.type !== 'frame') continue;
    const start = process.hrtime.bigint();
    core.handle(input);
    const end = process.hrtime.bigint();
    if (wanted.has(index)) times.push(Number(end - start));
  }
  if (events === 0) throw new Error('the feed made no event');
  return times;
}

/** Keeps the latest records: all of them would make the collector work for what no run does. */
class MemorySink implements OutputSink {
  readonly #records: OutputRecord[] = [];
  #count = 0;
  intents = 0;

  append(record: OutputRecord): void {
    this.#records[this.#count % 1024] = record;
    this.#count += 1;
    if (record.type === 'intent') this.intents += 1;
  }

  durable(): void {}
}

/** Inputs and outputs on disk, as the runner keeps them. */
class Journals implements OutputSink {
  readonly #input: JournalWriter;
  readonly #output: JournalWriter;
  intents = 0;

  constructor(directory: string, fsync: FsyncPolicy) {
    mkdirSync(directory);
    this.#input = new JournalWriter({ directory, chain: 'input', header: { config: CONFIG }, fsync });
    this.#output = new JournalWriter({ directory, chain: 'output', fsync });
  }

  input(input: SessionInput): void {
    this.#input.append(encodeInput(input));
  }

  append(record: OutputRecord): void {
    this.#output.append(record);
    if (record.type === 'intent') this.intents += 1;
  }

  durable(): void {
    this.#input.durable();
    this.#output.durable();
  }

  async close(): Promise<void> {
    await Promise.all([this.#input.close(), this.#output.close()]);
  }
}

function samplesOf(rounds: readonly Round[]): number[] {
  return rounds.flatMap(({ decided }) => decided);
}

function rows(name: string, samples: readonly number[], floorP50: number, floorP99: number): BenchRow[] {
  const at = (q: number): number => quantile(samples, q) / 1000;
  const against = 'FeedCore alone';
  return [
    { ...row(`${name}, p50`, at(0.5)), against, ratio: at(0.5) / floorP50 },
    { ...row(`${name}, p99`, at(0.99)), against, ratio: at(0.99) / floorP99 },
    row(`${name}, max`, at(1)),
  ];
}

function row(name: string, median: number): BenchRow {
  return { name, median, unit: 'µs', against: undefined, ratio: undefined };
}
