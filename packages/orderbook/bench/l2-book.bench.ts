/**
 * What every book frame costs after it is decoded. Hot: once per book message of every symbol.
 *
 * Level updates alone against the same book on bintrees, and updates with the checksum after each message against the
 * same updates with the checksum from scratch. What playing the stream itself costs is measured beside and taken off.
 */
import type { BookChanges } from '@kb/model';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchRow, BenchRun } from '../../../scripts/bench-kit.ts';
import { checksumOf } from '../src/checksum.ts';
import { L2Book } from '../src/l2-book.ts';
import { TreeBook } from '../src/tree-book.ts';
import { bookStream, GRID } from './stream.ts';
import { Tape } from './tape.ts';

export const run: BenchRun = (options) => {
  const rows: BenchRow[] = [];
  for (const depth of [10, 100, 1000]) {
    const tape = new Tape(bookStream(1, depth, options.smoke ? 1000 : 20_000));
    const flat = new L2Book('BTC/USD', GRID, depth);
    const tree = new TreeBook('BTC/USD', GRID, depth);
    let sum = 0;
    const play = (onMessage: (changes: BookChanges) => void) => () => {
      tape.play(onMessage);
      return sum + flat.levels('buy') + tree.levels('buy');
    };
    const gross = interleave(
      {
        tape: play((changes) => void (sum += changes.bidCount)),
        flat: play((changes) => flat.apply(changes)),
        tree: play((changes) => tree.apply(changes)),
        incremental: play((changes) => {
          flat.apply(changes);
          sum ^= flat.checksum();
        }),
        scratch: play((changes) => {
          flat.apply(changes);
          sum ^= checksumOf(flat);
        }),
      },
      tape.length,
      options,
    );
    const net = (name: keyof typeof gross): number => gross[name] - gross.tape;
    rows.push(
      {
        name: `L2 updates, depth ${depth}`,
        median: net('flat'),
        unit: 'ns/msg',
        against: 'the same book on bintrees',
        ratio: net('flat') / net('tree'),
      },
      {
        name: `L2 updates and checksum, depth ${depth}`,
        median: net('incremental'),
        unit: 'ns/msg',
        against: 'the same with zlib.crc32 from scratch',
        ratio: net('incremental') / net('scratch'),
      },
      {
        name: `checksum from scratch, depth ${depth}`,
        median: net('scratch') - net('flat'),
        unit: 'ns/msg',
        against: undefined,
        ratio: undefined,
      },
    );
  }
  return rows;
};
