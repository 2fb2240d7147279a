import { ReplayFeed } from '@kb/feed';
import type { FeedEvent, MarketEvent } from '@kb/model';
import { CliError, errorText, reportOf } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { grouped } from '../figures.ts';
import type { VerifyOptions } from '../options.ts';

/** What `--json` prints. */
interface VerifyDocument {
  /** All frames received, of any kind. */
  readonly frames: number;
  readonly symbols: Readonly<Record<string, SymbolCounts>>;
}

interface SymbolCounts {
  readonly snapshots: number;
  readonly updates: number;
  readonly checksumOk: number;
  readonly checksumFailed: number;
  readonly crossed: number;
  /** Book frames not applied because the symbol was frozen, waiting for its next snapshot. */
  readonly skipped: number;
}

/**
 * Plays a recording through the decoder and books of the live feed and derives every checksum again.
 * Ends with 6 when any frame fails its checksum, crosses its book or cannot be decoded, naming the first one.
 */
export async function replayVerify(options: VerifyOptions, context: CommandContext): Promise<ExitCode> {
  let failure: FeedEvent | undefined;
  const replay = new ReplayFeed({
    source: options.path,
    grids: options.precision,
    ...(options.depth === undefined ? {} : { depth: options.depth }),
    signal: context.signal,
    onEvent(event: MarketEvent): void {
      if (event.type === 'feed' && isFault(event)) failure ??= event;
    },
  });
  await replay.run();

  const document = documentOf(replay);
  const bookFrames = Object.values(document.symbols).reduce((sum, { checksumOk }) => sum + checksumOk, 0);
  if (bookFrames === 0 && failure === undefined) {
    throw new CliError('KB_CLI_NOTHING_TO_VERIFY', `${options.path}: no book frame among ${document.frames} frames`, {
      hint: 'record the book channel: kb record --channels book,trade,instrument',
    });
  }
  context.stdout.write(options.json ? `${JSON.stringify(document)}\n` : tableOf(document));
  if (failure === undefined) return EXIT_CODES.ok;
  context.stderr.write(errorText(reportOf(failureError(options.path, failure))));
  return EXIT_CODES.integrity;
}

/** A frame that proves the book wrong. A change of precision freezes a symbol too, and is no fault. */
function isFault({ symbol, state, cause }: FeedEvent): boolean {
  return symbol !== undefined && state === 'resyncing' && ['checksum', 'crossed', 'malformed'].includes(cause);
}

function documentOf(replay: ReplayFeed): VerifyDocument {
  const symbols = replay.market.symbols.map((symbol): [string, SymbolCounts] => {
    const { snapshots, updates, checksumOk, checksumFailed, crossed, skipped } = replay.statsOf(symbol);
    return [symbol, { snapshots, updates, checksumOk, checksumFailed, crossed, skipped }];
  });
  return { frames: replay.frames, symbols: Object.fromEntries(symbols) };
}

function tableOf({ frames, symbols }: VerifyDocument): string {
  const lines = Object.entries(symbols).map(([symbol, counts]) => {
    const { snapshots, updates, checksumOk, checksumFailed, crossed, skipped } = counts;
    const checked = checksumOk + checksumFailed;
    const parts = [
      `${figure(snapshots)} ${snapshots === 1 ? 'snapshot' : 'snapshots'}, ${figure(updates)} updates`,
      `checksums ${figure(checksumOk)} of ${figure(checked)} hold`,
      `${figure(crossed)} crossed`,
      `${figure(skipped)} skipped`,
    ];
    return `${symbol.padEnd(12)} ${parts.join('   ')}\n`;
  });
  return `${lines.join('')}${figure(frames)} frames read\n`;
}

function failureError(path: string, { symbol, cause, detail }: FeedEvent): CliError {
  return new CliError('KB_CLI_CHECKSUM', `${path}: first failure, ${symbol} (${cause}): ${detail}`, {
    hint: 'the frame or one before it was changed or lost; --precision helps when the recorder dropped trailing zeros',
  });
}

function figure(count: number): string {
  return grouped(String(count));
}
