import type { Command as Commander } from 'commander';
import type { CommandContext } from '../context.ts';
import { IMPORT_KINDS, UNKNOWN_SIDES } from '../options.ts';
import type { ImportCommandOptions } from '../options.ts';
import { add, collect, common, examples, readerOf } from './command.ts';
import type { Ended } from './command.ts';
import { suggestion } from './raw-options.ts';
import type { RawFlags } from './raw-options.ts';

/** `kb import`: its flags, and what they must be. */
export function addImport(program: Commander, context: CommandContext, ended: Ended): void {
  add(program, 'import', 'make a recording, or candles, of a CSV file')
    .argument('[kind]', IMPORT_KINDS.join(', '))
    .argument(
      '[file]',
      'plain, gzip or zstd; of Tardis trades, incremental_book_L2 or book_snapshot_N, told by their columns',
    )
    .option('--symbol <pair>', 'the pair, such as BTC/USD')
    .option('--out <dir>', 'folder for the result', 'recordings')
    .option('--precision <pair=p,q>', 'decimals of price and quantity (default: the most that the file shows)', collect)
    .option('--round', 'round quantities to --precision: for files whose sums went through floating point')
    .option(
      '--side <rule>',
      `who took where the file does not say: ${UNKNOWN_SIDES.join(', ')}; tick-rule guesses by the price, wrong for every fourth or fifth trade`,
    )
    .option('--interval <time>', 'length of a bar of kraken-ohlcvt (default: the shortest step in the file)')
    .addHelpText(
      'after',
      examples(
        'kb import kraken-trades XBTUSD.csv --symbol BTC/USD --side tick-rule',
        'kb import kraken-ohlcvt XBTUSD_60.csv --symbol BTC/USD --precision BTC/USD=1,8 --round',
        'kb import tardis kraken_incremental_book_L2_2024-03-01_XBT-USD.csv.gz --symbol BTC/USD',
      ),
    )
    .action(async (_kind: string | undefined, _file: string | undefined, flags: RawFlags, command: Commander) => {
      const reader = readerOf(command, flags, 2);
      const [kind = '', path = ''] = command.args.filter((text) => !text.startsWith('-'));
      const known = IMPORT_KINDS.find((each) => each === kind);
      if (known === undefined) {
        reader.problem(`say what to import: ${IMPORT_KINDS.join(', ')}${suggestion(kind, IMPORT_KINDS)}`);
      }
      if (path === '') reader.problem('name a file');
      const symbol = reader.pair('symbol');
      if (reader.text('symbol') === undefined)
        reader.problem('--symbol: say which pair it is, files write it otherwise');
      const grids = reader.grids('precision');
      const grid = symbol === undefined ? undefined : grids[symbol];
      const roundSizes = reader.boolean('round');
      if (symbol !== undefined && Object.keys(grids).some((pair) => pair !== symbol)) {
        reader.problem(`--precision: only ${symbol} is imported`);
      }
      if (roundSizes && grid === undefined) reader.problem('--round: say to which precision, with --precision');
      const options: ImportCommandOptions = {
        ...common(flags),
        kind: known ?? 'tardis',
        path,
        symbol: symbol ?? '',
        out: reader.text('out') ?? '',
        grid,
        roundSizes,
        unknownSide: reader.oneOf('side', UNKNOWN_SIDES),
        interval: reader.duration('interval', 's'),
      };
      if (known === 'kraken-ohlcvt' && options.unknownSide !== undefined)
        reader.problem('--side goes with trades only');
      if (known !== 'kraken-ohlcvt' && options.interval !== undefined) {
        reader.problem('--interval goes with kraken-ohlcvt only');
      }
      reader.done();
      const { importFile } = await import('../commands/import-file.ts');
      ended(await importFile(options, context));
    });
}
