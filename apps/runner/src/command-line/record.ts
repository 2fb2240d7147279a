import { micros } from '@kb/model';
import type { Command as Commander } from 'commander';
import type { CommandContext } from '../context.ts';
import { BOOK_DEPTHS, KRAKEN_URL, RECORD_CHANNELS } from '../options.ts';
import type { RecordOptions } from '../options.ts';
import { add, collect, common, examples, readerOf } from './command.ts';
import type { Ended } from './command.ts';
import { readDepth } from './depth-flag.ts';
import type { RawFlags } from './raw-options.ts';
import { addStorageFlags, readRest, readStorage } from './record-flags.ts';

/** `kb record`: its flags, and what they must be. */
export function addRecord(program: Commander, context: CommandContext, ended: Ended): void {
  const recordCommand = add(program, 'record', 'record frames verbatim, before decoding')
    .option('--pair <pair>', 'pairs to record, repeatable or with commas (default: BTC/USD)', collect)
    .option('--channels <names>', `any of ${RECORD_CHANNELS.join(',')}`, 'book,trade,instrument')
    .option('--depth <levels>', `book levels a side: ${BOOK_DEPTHS.join(', ')}`, '100')
    .option('--out <dir>', 'folder for the recording', 'recordings')
    .option('--for <time>', 'stop after this long (30s, 5m; a bare number is seconds)')
    .option('--url <address>', 'WebSocket v2 address', context.env['KB_KRAKEN_WS_URL'] ?? KRAKEN_URL)
    .option(
      '--rest <url|off>',
      'REST address, where moves are checked and missing trades asked for (default: Kraken’s for Kraken’s --url, else off)',
    )
    .option('--connect-timeout <time>', 'how long reaching the exchange may take at the start', '10s');
  addStorageFlags(recordCommand)
    .addHelpText(
      'after',
      examples(
        'kb record --pair BTC/USD,ETH/USD --depth 100 --for 10m',
        'kb record --channels book',
        'kb record --keep-size 20GB --second-location /media/usb',
      ),
    )
    .action(async (flags: RawFlags, command: Commander) => {
      const reader = readerOf(command, flags, 0);
      const pairs = reader.pairs('pair');
      const channels = reader.someOf('channels', RECORD_CHANNELS);
      if (!reader.list('channels').includes('book')) {
        reader.problem('--channels: book must be among them, or nothing could be verified');
      }
      const url = reader.url('url');
      const options: RecordOptions = {
        ...common(flags),
        url: url ?? '',
        rest: readRest(reader, url),
        pairs: reader.list('pair').length === 0 ? ['BTC/USD'] : pairs,
        channels,
        depth: readDepth(reader) ?? 0,
        out: reader.text('out') ?? '',
        storage: readStorage(reader),
        for: reader.duration('for', 's'),
        connectTimeout: reader.duration('connectTimeout', 's') ?? micros(0),
      };
      reader.done();
      const { record } = await import('../commands/record.ts');
      ended(await record(options, context));
    });
}
