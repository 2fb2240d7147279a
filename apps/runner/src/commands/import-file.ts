import { basename, join } from 'node:path';
import { importKrakenOhlcvt, importKrakenTrades, importTardis } from '@kb/feed';
import type { ImportSummary } from '@kb/feed';
import { microsToIso } from '@kb/model';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { grouped } from '../figures.ts';
import type { ImportCommandOptions } from '../options.ts';

/** Makes a recording of a file of trades or books, or `candles` inputs of a file of bars, and says what it had to fill in. */
export async function importFile(options: ImportCommandOptions, { stdout }: CommandContext): Promise<ExitCode> {
  const summary = await importAs(options);
  stdout.write(options.json ? `${JSON.stringify(summary)}\n` : textOf(summary));
  return EXIT_CODES.ok;
}

function importAs(options: ImportCommandOptions): Promise<ImportSummary> {
  const { kind, path, symbol, grid, roundSizes, unknownSide, interval } = options;
  const out = join(options.out, nameOf(options));
  const shared = { symbol, roundSizes, ...(grid === undefined ? {} : { grid }) };
  if (kind === 'kraken-ohlcvt') {
    return importKrakenOhlcvt(path, out, { ...shared, ...(interval === undefined ? {} : { interval }) });
  }
  const trades = { ...shared, ...(unknownSide === undefined ? {} : { unknownSide }) };
  return kind === 'tardis' ? importTardis(path, out, trades) : importKrakenTrades(path, out, trades);
}

/** `btc-usd-kraken-trades-xbtusd.ndjson.zst`: the same file gives the same name, which is never written over. */
function nameOf({ kind, path, symbol }: ImportCommandOptions): string {
  const stem = basename(path).replace(/(?:\.csv)?(?:\.gz|\.zst)?$/i, '');
  const ending = kind === 'kraken-ohlcvt' ? 'candles.ndjson.zst' : 'ndjson.zst';
  return `${[symbol, kind, stem]
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, '-')}.${ending}`;
}

function textOf({ path, items, from, to, outOfOrder, notes }: ImportSummary): string {
  const span = from === undefined || to === undefined ? '' : `, ${microsToIso(from)} to ${microsToIso(to)}`;
  const disorder = outOfOrder === 0 ? '' : `${grouped(String(outOfOrder))} rows lie before the row above them\n`;
  return `${grouped(String(items))} rows${span}\n${disorder}${notes.map((note) => `note: ${note}\n`).join('')}${path}\n`;
}
