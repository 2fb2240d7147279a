import type { Command as Commander } from 'commander';
import type { CommandContext } from '../context.ts';
import type { DiffOptions, VerifyOptions } from '../options.ts';
import { add, collect, common, examples, readerOf } from './command.ts';
import type { Ended } from './command.ts';
import type { RawFlags } from './raw-options.ts';

/** `kb replay`: its flags, and what they must be. */
export function addReplay(program: Commander, context: CommandContext, ended: Ended): void {
  add(program, 'replay', 'read a recording or a run again: verify its checksums, or compare its outputs')
    .argument('[path...]', 'a recording or its segments (with --verify), or a run folder (with --diff)')
    .option('--verify', 'derive every book checksum of a recording again, and say how much of its time is proven')
    .option(
      '--min-coverage <percent>',
      'end with 6 when a book is live and verified for less of the time, such as 99.5',
    )
    .option('--diff', 'run the input journal of a run again and compare the outputs byte for byte')
    .option('--precision <pair=p,q>', 'decimals of price and quantity, such as BTC/USD=1,8 (repeatable)', collect)
    .option('--depth <levels>', 'book levels a side (default: what the recording subscribed)')
    .addHelpText(
      'after',
      examples(
        'kb replay capture.ndjson.gz --verify',
        'kb replay recordings/btc-usd-*.zst --verify --min-coverage 99.5',
        'kb replay old.json.gz --verify --precision BTC/USD=1,8 --json',
        'kb replay runs/latest-paper --diff',
      ),
    )
    .action(async (_paths: readonly string[], flags: RawFlags, command: Commander) => {
      const reader = readerOf(command, flags, flags['verify'] === true ? Infinity : 1);
      const paths = command.args.filter((text) => !text.startsWith('-'));
      const [path = ''] = paths;
      const [verify, diff] = [reader.boolean('verify'), reader.boolean('diff')];
      if (path === '') reader.problem('name a recording or a run folder');
      if (verify === diff) reader.problem('give one of --verify and --diff');
      const options: VerifyOptions = {
        ...common(flags),
        paths,
        precision: reader.grids('precision'),
        depth: reader.integer('depth', 1, 1000),
        minCoverage: reader.percent('minCoverage'),
      };
      if (diff && options.minCoverage !== undefined) reader.problem('--min-coverage goes with --verify only');
      if (diff && options.depth !== undefined) reader.problem('--depth goes with --verify only');
      if (diff && Object.keys(options.precision).length > 0) reader.problem('--precision goes with --verify only');
      reader.done();
      if (verify) {
        const { replayVerify } = await import('../commands/replay-verify.ts');
        ended(await replayVerify(options, context));
      } else {
        const { replayDiff } = await import('../commands/replay-diff.ts');
        const diffOptions: DiffOptions = { ...common(flags), path };
        ended(await replayDiff(diffOptions, context));
      }
    });
}
