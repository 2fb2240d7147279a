import { micros } from '@kb/model';
import type { Command as Commander } from 'commander';
import type { CommandContext } from '../context.ts';
import { FACTS_FLOWS } from '../options.ts';
import type { FactsOptions } from '../options.ts';
import { add, common, examples, MAX_SEED, readerOf } from './command.ts';
import type { Ended } from './command.ts';
import type { RawFlags } from './raw-options.ts';

/** `kb facts`: its flags, and what they must be. */
export function addFacts(program: Commander, context: CommandContext, ended: Ended): void {
  add(program, 'facts', 'how a generated market compares with the stylised facts of real ones')
    .option('--pair <pair>', 'the pair it is sized for', 'BTC/USD')
    .option('--flow <name>', FACTS_FLOWS.join(', '), 'busy')
    .option('--for <time>', 'how much market time to look at (24h takes a minute or two)', '2h')
    .option('--seed <n>', 'seed of the market', '1')
    .addHelpText('after', examples('kb facts', 'kb facts --flow thin --pair ATOM/USD --for 24h --json'))
    .action(async (flags: RawFlags, command: Commander) => {
      const reader = readerOf(command, flags, 0);
      const options: FactsOptions = {
        ...common(flags),
        pair: reader.pair('pair') ?? '',
        flow: reader.oneOf('flow', FACTS_FLOWS) ?? 'busy',
        seed: reader.integer('seed', 0, MAX_SEED) ?? 0,
        for: reader.duration('for', 's') ?? micros(0),
      };
      reader.done();
      const { facts } = await import('../commands/facts.ts');
      ended(await facts(options, context));
    });
}
