import { join } from 'node:path';
import { Recorder } from '@kb/feed';
import type { KrakenSpotFeed, RecorderOptions, RemovedSegment, SecondLocation } from '@kb/feed';
import { systemScheduler } from '@kb/kraken';
import { microsToIso } from '@kb/model';
import type { FeedEvent, MarketEvent, Micros } from '@kb/model';
import { untilDone } from '../context.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { formatSize } from '../data-size.ts';
import { grouped } from '../figures.ts';
import type { RecordOptions, RecordStorage } from '../options.ts';
import { feedOf } from '../session/feed-of.ts';
import { FeedTrails } from '../session/feed-trails.ts';
import { unreachable } from '../session/unreachable.ts';
import { placeText, secondLocationOf } from '../session/second-place.ts';

/**
 * Records what an exchange sends, verbatim, while a feed beside it verifies the same frames.
 *
 * The exchange must be reached within `connectTimeout`, once; after that the feed reconnects for as long as the recording
 * lasts. Beside the recording lie its audit trail (states, outages, resyncs, gaps, and what was asked over REST) and its health
 * every ten seconds. Ends with the error that stopped the recorder, if one did. What happens to the trails or the second
 * location ends nothing.
 */
export async function record(options: RecordOptions, context: CommandContext): Promise<ExitCode> {
  const { url, rest, pairs, channels, depth, storage } = options;
  const scheduler = systemScheduler();
  const failed = new AbortController();
  const stop = AbortSignal.any([context.signal, failed.signal]);
  let trouble = '';

  const tell = (line: string): unknown => context.stderr.write(`${line}\n`);
  const second = storage.second && secondLocationOf(storage.second, scheduler, tell);

  const base = join(options.out, nameOf(pairs, scheduler.now()));
  const trails = new FeedTrails({
    base: `${base}-`,
    scheduler,
    onBegin: (path, trail) => second?.add({ path, priority: trail }),
    onFlush: () => second?.wake(),
    onError: (error) => tell(error.message),
  });
  const recorder = new Recorder({
    base,
    scheduler,
    ...recorderOptionsOf(storage, second),
    onRemove: (segment) => tell(removalText(segment)),
    onRotate: () => feed.resubscribe('a new segment of the recording'),
    onError: (error) => failed.abort(error),
  });
  const onEvent = (event: MarketEvent): void => {
    if (event.type !== 'feed') return;
    trails.onState(event);
    if (!isTrouble(event)) return;
    trouble = event.detail;
    context.stderr.write(`${troubleText(event)}\n`);
  };
  const onWire = recorder.record.bind(recorder);
  const feed = feedOf({ url, symbols: pairs, channels, depth, scheduler, onWire, onEvent }, rest, trails);
  try {
    context.stderr.write(`connecting to ${url}\n`);
    const reached = new AbortController();
    feed.ready().then(
      () => reached.abort(),
      (error: unknown) => failed.abort(error),
    );
    second?.start();
    feed.start();
    await untilDone(options.connectTimeout, AbortSignal.any([stop, reached.signal]));
    if (!stop.aborted && !reached.signal.aborted) throw unreachable(url, options.connectTimeout, trouble);
    if (!stop.aborted) {
      context.stderr.write(`recording ${pairs.join(', ')} to ${recorder.summary.paths.at(-1)}, Ctrl-C ends it\n`);
      await untilDone(options.for, stop);
    }
    if (failed.signal.aborted) throw failed.signal.reason;
  } finally {
    await feed.close();
    await Promise.all([recorder.close(), trails.close()]);
    await second?.close();
    if (second !== undefined && (options.json || failed.signal.aborted)) tell(placeText(second.status).trimEnd());
  }
  failed.signal.throwIfAborted(); // the last of it could not be written
  context.stdout.write(reportOf(feed, recorder, second, options.json));
  return EXIT_CODES.ok;
}

/** What the flags say, and how a second location follows. */
function recorderOptionsOf(storage: RecordStorage, second: SecondLocation | undefined): Partial<RecorderOptions> {
  const { rotateSize, rotateEvery, keepSegments, keepSize, keepAge, keepUncopied, minFree, fsync } = storage;
  return {
    maxBytes: rotateSize,
    ...(rotateEvery !== undefined && { maxAge: rotateEvery }),
    minFree,
    fsync,
    keep: {
      ...(keepSegments !== undefined && { segments: keepSegments }),
      ...(keepSize !== undefined && { bytes: keepSize }),
      ...(keepAge !== undefined && { age: keepAge }),
      ...(keepUncopied !== undefined && { uncopiedBytes: keepUncopied }),
      ...(second !== undefined && { isCopied: (path, bytes) => second.isCopied(path, bytes) }),
    },
    ...(second !== undefined && {
      onBegin: (path) => second.add({ path, priority: 'recording' }),
      onFlush: () => second.wake(),
    }),
  };
}

function removalText({ path, bytes, isCopied }: RemovedSegment): string {
  const loss = isCopied ? '' : ', which the second location NEVER GOT: what it held is lost';
  return `removed ${path}, ${formatSize(bytes)}${loss}`;
}

/** `btc-usd-eth-usd-20261121T014233Z`: sorts by time within a set of pairs, and never meets an older recording. */
function nameOf(pairs: readonly string[], started: Micros): string {
  const names = pairs.slice(0, 4).map((pair) => pair.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'));
  if (pairs.length > names.length) names.push(`and-${pairs.length - names.length}-more`);
  return `${names.join('-')}-${microsToIso(started).slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** What is worth a line while recording: everything that is not the way to being live, nor the end. */
function isTrouble({ state, cause }: FeedEvent): boolean {
  return state !== 'live' && !['start', 'connected', 'stop', 'snapshot'].includes(cause);
}

function troubleText({ recvTs, symbol, state, cause, detail }: FeedEvent): string {
  return `${microsToIso(recvTs).slice(11, 19)}  ${symbol ?? 'feed'} ${state} (${cause}): ${detail}`;
}

function reportOf(feed: KrakenSpotFeed, recorder: Recorder, second: SecondLocation | undefined, json: boolean): string {
  const { paths, removed, frames, bytes } = recorder.summary;
  const kept = paths.filter((path) => !removed.includes(path));
  const symbols = Object.fromEntries(Object.entries(feed.health().symbols).map(([symbol, { book }]) => [symbol, book]));
  if (json) {
    return `${JSON.stringify({ paths: kept, removed, frames, bytes, symbols, secondLocation: second?.status })}\n`;
  }
  const lines = Object.entries(symbols).map(
    ([symbol, { checksumOk, checksumFailed }]) =>
      `${symbol.padEnd(12)} checksums ${grouped(String(checksumOk))} of ${grouped(String(checksumOk + checksumFailed))} hold\n`,
  );
  const total = `${grouped(String(frames))} lines, ${grouped((bytes / 1000).toFixed(0))} kB of text`;
  return `${lines.join('')}${total}\n${kept.map((path) => `${path}\n`).join('')}${second === undefined ? '' : placeText(second.status)}`;
}
