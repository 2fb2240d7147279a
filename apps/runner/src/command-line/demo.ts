import type { Command as Commander } from 'commander';
import type { CommandContext } from '../context.ts';
import { SPEEDS } from '../options.ts';
import type { DemoOptions } from '../options.ts';
import { addAppraisalFlags, readAppraisal } from './appraisal-flags.ts';
import { add, common, examples, MAX_SEED, readerOf } from './command.ts';
import type { Ended } from './command.ts';
import { LATENCY_HELP, parseLatency } from './latency-flag.ts';
import type { RawFlags } from './raw-options.ts';

/** Picked from 25 for a market that is lively from its first seconds; one of them leaves a maker unfilled for twelve. */
const DEMO_SEED = '6';

/** `kb demo`: its flags, and what they must be. */
export function addDemo(program: Commander, context: CommandContext, ended: Ended): void {
  const demoCommand = add(
    program,
    'demo',
    'local exchange, paper market maker, live view: needs no network and no keys',
  )
    .option('--for <time>', 'stop after this long (30s, 5m; a bare number is seconds)')
    .option('--seed <n>', 'seed of the simulated market', DEMO_SEED)
    .option('--latency <time|profile>', LATENCY_HELP)
    .option('--speed <speed>', 'real, or max: in one process on a virtual clock, as fast as it goes', 'real')
    .option('--runs <dir>', 'folder of run folders', context.env['KB_RUNS_DIR'] ?? 'runs');
  addAppraisalFlags(demoCommand)
    .addHelpText('after', examples('kb demo', 'kb demo --for=30s --seed 7', 'kb demo --for=10s --json'))
    .action(async (flags: RawFlags, command: Commander) => {
      const reader = readerOf(command, flags, 0);
      const options: DemoOptions = {
        ...common(flags),
        for: reader.duration('for', 's'),
        seed: reader.integer('seed', 0, MAX_SEED) ?? 0,
        latency: reader.parsed('latency', parseLatency),
        appraisal: readAppraisal(reader),
        speed: reader.oneOf('speed', SPEEDS) ?? 'real',
        runs: reader.text('runs') ?? '',
      };
      if (options.speed === 'max' && options.for === undefined) {
        reader.problem('--speed max: say how long with --for, the local exchange never ends');
      }
      reader.done();
      const { demo } = await import('../commands/demo.ts');
      ended(await demo(options, context));
    });
}
