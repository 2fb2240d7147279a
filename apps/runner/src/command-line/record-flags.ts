import type { Command as Commander } from 'commander';
import type { RecorderFsync } from '@kb/feed';
import { parseSize } from '../data-size.ts';
import { parseDuration } from '../duration.ts';
import { CliError } from '../cli-error.ts';
import type { RecordStorage, SecondPlace } from '../options.ts';
import type { FlagReader } from './raw-options.ts';
import { restOf } from '../session/rest-of.ts';
import type { RestSource } from '../session/rest-of.ts';

/** What `kb record` takes on how a recording is kept. */
export function addStorageFlags(command: Commander): Commander {
  return addSecondPlaceFlags(command, 'the recording')
    .option('--rotate-size <size>', 'begin a new segment after this much text, before compression', '256MiB')
    .option('--rotate-every <time>', 'begin a new segment after this long (a bare number is seconds)', '1h')
    .option('--keep-segments <n>', 'keep so many sealed segments of this recording; the oldest go first')
    .option('--keep-size <size>', 'keep sealed segments up to this size on the disk')
    .option('--keep-age <time>', 'keep sealed segments no older than this (7d, 12h)')
    .option(
      '--keep-uncopied <size>',
      'how much may be kept beyond that because the second location does not have it yet (default: 1GiB)',
    )
    .option('--min-free <size>', 'stop recording when the disk has less room than this', '200MB')
    .option('--fsync <when>', 'force data to the device: none, rotate (each segment), or every so often (5s)', 'none')
    .option('--second-location-keep <size>', 'keep recordings up to this size there; the oldest copies go first');
}

/**
 * A second location.
 * @param what Is copied there.
 */
export function addSecondPlaceFlags(command: Commander, what: string): Commander {
  return command
    .option('--second-location <dir>', `copy ${what} here too, whenever it is there: where a drive is mounted`)
    .option('--second-location-is-folder', 'the second location is a plain folder, not a mount point');
}

/** Reads them; problems stay with the reader. */
export function readStorage(reader: FlagReader): RecordStorage {
  const storage: RecordStorage = {
    rotateSize: reader.parsed('rotateSize', parseSize) ?? 1,
    rotateEvery: reader.duration('rotateEvery', 's'),
    keepSegments: reader.integer('keepSegments', 1, 1_000_000),
    keepSize: reader.parsed('keepSize', parseSize),
    keepAge: reader.duration('keepAge', 's'),
    keepUncopied: reader.parsed('keepUncopied', parseSize),
    minFree: reader.parsed('minFree', parseSize) ?? 1,
    fsync: reader.parsed('fsync', parseFsync) ?? 'none',
    second: readSecondPlace(reader),
  };
  for (const [flag, time] of [
    ['--rotate-every', storage.rotateEvery],
    ['--keep-age', storage.keepAge],
    ['--fsync', storage.fsync],
  ] as const) {
    if (time === 0) reader.problem(`${flag}: expected a time above zero`);
  }
  const { keepSegments, keepSize, keepAge, keepUncopied, second } = storage;
  const keepsAll = keepSegments === undefined && keepSize === undefined && keepAge === undefined;
  if (keepUncopied !== undefined && (keepsAll || second === undefined)) {
    reader.problem('--keep-uncopied goes with --second-location and one of --keep-segments, --keep-size, --keep-age');
  }
  return storage;
}

/** `--rest`: an address, `off`, or what stands beside the WebSocket that is recorded. */
export function readRest(reader: FlagReader, url: string | undefined): RestSource {
  if (reader.text('rest') === undefined) return url === undefined ? undefined : restOf(url);
  return reader.parsed('rest', parseRest);
}

function parseRest(text: string): RestSource {
  if (text === 'off') return undefined;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return { baseUrl: text };
  throw new CliError('KB_CLI_USAGE', `expected an address such as https://host, or off, was ${JSON.stringify(text)}`);
}

/** Reads the flags of a second location; problems stay with the reader. */
export function readSecondPlace(reader: FlagReader): SecondPlace | undefined {
  const folder = reader.text('secondLocation');
  const isFolder = reader.boolean('secondLocationIsFolder');
  const keepSize = reader.parsed('secondLocationKeep', parseSize);
  if (folder === undefined) {
    if (isFolder) reader.problem('--second-location-is-folder goes with --second-location only');
    if (reader.text('secondLocationKeep') !== undefined) {
      reader.problem('--second-location-keep goes with --second-location only');
    }
    return undefined;
  }
  if (folder === '') reader.problem('--second-location: name a folder');
  return { folder, isFolder, keepSize };
}

function parseFsync(text: string): RecorderFsync {
  return text === 'none' || text === 'rotate' ? text : parseDuration(text, 's');
}
