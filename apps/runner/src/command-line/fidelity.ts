import type { Command as Commander } from 'commander';
import type { CommandContext } from '../context.ts';
import { SIM_KINDS } from '../fidelity/source/sim-kinds.ts';
import { FIDELITY_EXPERIMENTS } from '../options.ts';
import type { FidelityOptions } from '../options.ts';
import { add, collect, common, examples, MAX_SEED, readerOf } from './command.ts';
import type { Ended } from './command.ts';
import { suggestion } from './raw-options.ts';
import type { RawFlags } from './raw-options.ts';

/** `kb fidelity`: its flags, and what they must be. */
export function addFidelity(program: Commander, context: CommandContext, ended: Ended): void {
  add(program, 'fidelity', 'how wrong paper fills are: every queue model and other projects’ rules, against the truth')
    .argument(
      '[experiment]',
      'e1 simulated markets, e2 a recording order by order, e5 latency, all, or page (default: all)',
    )
    .argument('[file...]', 'with page: reports that --save wrote')
    .option('--smoke', 'a few minutes of market time: seconds to run')
    .option('--full', 'all that the page shows: half an hour or so')
    .option('--data <dir>', 'folder of recordings, for e2')
    .option('--market <names>', `simulated markets, for e1: any of ${SIM_KINDS.join(',')} (default: all)`, collect)
    .option('--seed <n>', 'seed of the markets and of the phantoms', '1')
    .option('--save <dir>', 'write the reports as JSON there')
    .option('--gate', 'end with 8 when a gate is missed')
    .option('--out <dir>', 'with page: folder of the page', '.')
    .addHelpText(
      'after',
      examples(
        'kb fidelity --smoke',
        'kb fidelity e2 --full --data recordings --save reports',
        'kb fidelity page reports/e1.json reports/e2.json reports/e5.json --out docs',
      ),
    )
    .action(async (_experiment: string | undefined, _files: unknown, flags: RawFlags, command: Commander) => {
      const reader = readerOf(command, flags, Infinity);
      const [name = 'all', ...files] = command.args.filter((text) => !text.startsWith('-'));
      const experiment = FIDELITY_EXPERIMENTS.find((each) => each === name);
      if (experiment === undefined) {
        reader.problem(
          `expected ${FIDELITY_EXPERIMENTS.join(', ')}, was ${JSON.stringify(name)}${suggestion(name, FIDELITY_EXPERIMENTS)}`,
        );
      }
      if (experiment === 'page' && files.length === 0) reader.problem('page: name the reports that it is made of');
      if (experiment !== 'page' && files.length > 0) {
        reader.problem(`unexpected argument ${JSON.stringify(files[0])}: only page takes files`);
      }
      const [smoke, full] = [reader.boolean('smoke'), reader.boolean('full')];
      if (smoke && full) reader.problem('give one of --smoke and --full');
      const options: FidelityOptions = {
        ...common(flags),
        experiment: experiment ?? 'all',
        scale: smoke ? 'smoke' : full ? 'full' : 'small',
        seed: reader.integer('seed', 0, MAX_SEED) ?? 0,
        markets: reader.list('market').length === 0 ? SIM_KINDS : reader.someOf('market', SIM_KINDS),
        data: reader.text('data'),
        save: reader.text('save'),
        gate: reader.boolean('gate'),
        files,
        out: reader.text('out') ?? '',
      };
      reader.done();
      const { fidelity } = await import('../commands/fidelity.ts');
      ended(await fidelity(options, context));
    });
}
