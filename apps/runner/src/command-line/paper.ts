import { micros } from '@kb/model';
import type { Command as Commander } from 'commander';
import type { CommandContext } from '../context.ts';
import { BOOK_DEPTHS, KRAKEN_URL, LATENCY_PROFILE_NAMES, SPEEDS, STRATEGIES } from '../options.ts';
import type { PaperOptions, Source } from '../options.ts';
import { addAccountFlags, readAccount } from './account-flags.ts';
import { addAppraisalFlags, readAppraisal } from './appraisal-flags.ts';
import { add, collect, common, examples, MAX_SEED, readerOf } from './command.ts';
import type { Ended } from './command.ts';
import { readDepth } from './depth-flag.ts';
import { LATENCY_HELP, parseLatency } from './latency-flag.ts';
import { suggestion } from './raw-options.ts';
import type { FlagReader, RawFlags } from './raw-options.ts';
import { addSecondPlaceFlags, readSecondPlace } from './record-flags.ts';
import { readResume } from './resume-flags.ts';

/** `kb paper`: its flags, and what they must be. */
export function addPaper(program: Commander, context: CommandContext, ended: Ended): void {
  const paperCommand = add(program, 'paper', 'simulated account on live, simulated or recorded market data')
    .option('--source <source>', 'kraken, sim or tape:FILE', 'kraken')
    .option('--pair <pair>', 'the pair to trade', 'BTC/USD')
    .option('--strategy <name>', STRATEGIES.join(' or '), 'maker')
    .option('--latency <time|profile>', `${LATENCY_HELP}; required`)
    .option('--for <time>', 'stop after this long (30s, 5m; a bare number is seconds)')
    .option('--depth <levels>', `book levels a side: ${BOOK_DEPTHS.join(', ')} (default: 100, or what the tape holds)`)
    .option(
      '--balance <asset=amount>',
      'starting balance, such as USD=25000 (repeatable; an asset left out: worth 10,000 of the quote currency)',
      collect,
    )
    .option('--param <name=value>', 'a parameter of the strategy, such as requoteThresholdBps=2 (repeatable)', collect)
    .option('--seed <n>', 'seed of the simulated market', '42')
    .option('--url <address>', 'WebSocket v2 address of --source kraken', context.env['KB_KRAKEN_WS_URL'] ?? KRAKEN_URL)
    .option('--connect-timeout <time>', 'how long reaching the exchange may take at the start', '10s')
    .option('--speed <speed>', 'real, or max: in one process on a virtual clock, as fast as it goes', 'real')
    .option('--resume <run>', 'go on with this run, as it was configured: account, orders, places in the queues')
    .option('--runs <dir>', 'folder of run folders', context.env['KB_RUNS_DIR'] ?? 'runs');
  addSecondPlaceFlags(addAppraisalFlags(addAccountFlags(paperCommand)), 'the run folder')
    .addHelpText(
      'after',
      examples(
        'kb paper --latency 30ms --for 60s',
        'kb paper --latency home --for 60s',
        'kb paper --latency runs/latest-paper/report/latency.json',
        'kb paper --source sim --strategy probe --latency 30ms --for 20s --json',
        'kb paper --source tape:capture.ndjson.gz --latency 30ms',
        'kb paper --latency 30ms --volume 48000 --venue-tier intermediate',
        'kb paper --latency 30ms --daily-volatility 0.02 --daily-volume 1500',
        'kb paper --latency 30ms --second-location /media/usb',
        'kb paper --resume runs/latest-paper',
      ),
    )
    .action(async (flags: RawFlags, command: Commander) => {
      const reader = readerOf(command, flags, 0);
      if (reader.text('resume') !== undefined) {
        const resumed = readResume(reader, command, common(flags));
        reader.done();
        const { resumePaper } = await import('../commands/resume-paper.ts');
        ended(await resumePaper(resumed, context));
        return;
      }
      const latency = reader.parsed('latency', parseLatency);
      if (reader.text('latency') === undefined) {
        reader.problem(
          `--latency: say how long an order takes to the venue, such as 30ms, or ${LATENCY_PROFILE_NAMES.join(', ')}; zero would flatter the result`,
        );
      }
      const options: PaperOptions = {
        ...common(flags),
        source: readSource(reader),
        pair: reader.pair('pair') ?? '',
        strategy: reader.oneOf('strategy', STRATEGIES) ?? 'maker',
        latency: latency ?? micros(0),
        for: reader.duration('for', 's'),
        depth: readDepth(reader),
        account: readAccount(reader),
        appraisal: readAppraisal(reader),
        balances: reader.amounts('balance'),
        params: reader.params('param'),
        speed: reader.oneOf('speed', SPEEDS) ?? 'real',
        seed: reader.integer('seed', 0, MAX_SEED) ?? 0,
        connectTimeout: reader.duration('connectTimeout', 's') ?? micros(0),
        second: readSecondPlace(reader),
        runs: reader.text('runs') ?? '',
      };
      if (options.source.kind === 'kraken' && options.speed === 'max') {
        reader.problem('--speed max: Kraken runs in real time; take --source sim or --source tape:FILE');
      }
      if (options.source.kind !== 'tape' && options.speed === 'max' && options.for === undefined) {
        reader.problem('--speed max: say how long with --for, the local exchange never ends');
      }
      reader.done();
      const { paper } = await import('../commands/paper.ts');
      ended(await paper(options, context));
    });
}

function readSource(reader: FlagReader): Source {
  const text = reader.text('source') ?? '';
  if (text === 'sim') return { kind: 'sim' };
  if (text === 'kraken') return { kind: 'kraken', url: reader.url('url') ?? '' };
  if (/^tape:./.test(text)) return { kind: 'tape', path: text.slice('tape:'.length) };
  const meant = suggestion(text, ['kraken', 'sim']);
  reader.problem(`--source: expected kraken, sim or tape:FILE, was ${JSON.stringify(text)}${meant}`);
  return { kind: 'sim' };
}
