/**
 * What a book frame costs from its bytes to a verified book: decode, apply, compare the checksum, look for crossed sides.
 * Hot: once per book message of every symbol; it decides how many symbols one core can follow.
 *
 * The floor is JSON.parse alone on the same buffers. The peers parse with JSON.parse as they must, keep floats and verify
 * nothing. Frames: a seeded stream for each depth (Kraken's own field order and spacing, true checksums, one snapshot and
 * then updates of one to four levels), and the recorded ones where they are to be had. All in one process, interleaved.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KrakenDecoder, readRecording } from '@kb/kraken';
import { L2Book } from '@kb/orderbook';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { bookFrames } from './frame-stream.ts';
import { ccxtClientHandler, ccxtHandler, tardisHandler } from './peers.ts';
import type { FrameHandler } from './peers.ts';

export const run: BenchRun = async (options) => {
  const rows: BenchRow[] = [];
  for (const depth of [10, 100, 1000]) {
    rows.push(...measure(`seeded, depth ${depth}`, bookFrames(1, depth, options.smoke ? 500 : FRAMES), depth, options));
  }
  for (const { file, depth, name } of CAPTURES) {
    const path = fileURLToPath(new URL(file, FOLDER));
    if (!existsSync(path)) continue;
    const frames = await recordedBookFrames(path);
    // A recording starts with a snapshot, so it can be played over and over.
    const times = options.smoke ? 1 : Math.ceil(FRAMES / frames.length);
    rows.push(...measure(name, Array.from({ length: times }, () => frames).flat(), depth, options));
  }
  return rows;
};

function measure(name: string, frames: readonly Buffer[], depth: number, options: BenchOptions): BenchRow[] {
  const play = (handle: FrameHandler) => (): number => {
    let sum = 0;
    for (const frame of frames) sum += handle(frame);
    return sum;
  };
  const decoder = new KrakenDecoder();
  const candidates = {
    decode: play((frame) => decoder.decode(frame).type.length),
    verified: play(verifiedHandler(depth)),
    json: play((frame) => Object.keys(JSON.parse(frame.toString()) as object).length),
    ccxt: play(ccxtHandler()),
    ccxtClient: play(ccxtClientHandler()),
    tardis: play(tardisHandler()),
  };
  // The compiler needs more than the three rounds that `interleave` gives it, for all of them.
  for (let round = 0; round < (options.smoke ? 0 : 10); round += 1)
    for (const play of Object.values(candidates)) play();
  const time = interleave(candidates, frames.length, options);
  const row = (what: string, ours: number, against: string, theirs: number): BenchRow => ({
    name: `${what}, ${name}`,
    median: ours,
    unit: 'ns/frame',
    against,
    ratio: ours / theirs,
  });
  return [
    row('decode', time.decode, 'JSON.parse', time.json),
    row('decode + apply + verify', time.verified, 'JSON.parse', time.json),
    row('decode + apply + verify', time.verified, 'ccxt pro, JSON.parse + handleOrderBook', time.ccxt),
    row('decode + apply + verify', time.verified, 'ccxt pro, Client.onMessage', time.ccxtClient),
    row('decode + apply + verify', time.verified, 'tardis-dev, JSON.parse + OrderBook', time.tardis),
  ];
}

/** Throws when a single checksum does not hold: a fast wrong book would be no result. */
function verifiedHandler(depth: number): FrameHandler {
  const decoder = new KrakenDecoder();
  let book: L2Book | undefined;
  return (frame) => {
    const message = decoder.decode(frame);
    if (message.type !== 'book') throw new Error(`Expected a book frame, was ${JSON.stringify(message)}`);
    book ??= new L2Book(
      message.symbol,
      decoder.gridOf(message.symbol) ?? { pricePrecision: 0, qtyPrecision: 0 },
      depth,
    );
    book.apply(message);
    const checksum = book.checksum();
    if (checksum !== message.checksum || book.isCrossed()) {
      throw new Error(`Expected checksum ${message.checksum}, was ${checksum}`);
    }
    return book.bestBid() ?? 0;
  };
}

/** The received book frames of a recording. */
async function recordedBookFrames(path: string): Promise<Buffer[]> {
  const frames: Buffer[] = [];
  for await (const { dir, raw } of readRecording(path)) {
    const frame = Buffer.from(raw);
    if (dir === 'rx' && frame.includes('"channel":"book"') && !frame.includes('"method"')) frames.push(frame);
  }
  return frames;
}

/** Frames of one round. */
const FRAMES = 10_000;

const FOLDER = new URL('../../../../shared/data/kraken-v2/', import.meta.url);
const CAPTURES = [
  { file: 'book_d25_BTC-USD_2026-08-02.ndjson.gz', depth: 25, name: 'recorded BTC/USD, depth 25' },
  { file: 'book_d10_BTC-USD_2026-08-01_resubscribes.ndjson.gz', depth: 10, name: 'recorded BTC/USD, depth 10' },
  { file: 'book_d25_XRP-USD_2026-08-02.ndjson.gz', depth: 25, name: 'recorded XRP/USD, depth 25' },
];
