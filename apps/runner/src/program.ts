import { Command as Commander, CommanderError } from 'commander';
import { micros, SECOND } from '@kb/model';
import { addAccountFlags, readAccount } from './account-flags.ts';
import { CliError } from './cli-error.ts';
import { certificateFolder } from './certificate-folder.ts';
import type { CommandContext } from './context.ts';
import { parseDuration } from './duration.ts';
import type { ExitCode } from './exit-codes.ts';
import { SIM_KINDS } from './fidelity/source/sim-kinds.ts';
import {
  BOOK_DEPTHS,
  FACTS_FLOWS,
  FIDELITY_EXPERIMENTS,
  IMPORT_KINDS,
  KRAKEN_URL,
  LATENCY_PROFILE_NAMES,
  RECORD_CHANNELS,
  SCENARIOS,
  SPEEDS,
  STRATEGIES,
  UNKNOWN_SIDES,
} from './options.ts';
import type {
  DemoOptions,
  DiffOptions,
  FactsOptions,
  FidelityOptions,
  ImportCommandOptions,
  LatencyChoice,
  PaperOptions,
  RecordOptions,
  SimOptions,
  Source,
  VerifyOptions,
} from './options.ts';
import { FlagReader, suggestion } from './raw-options.ts';
import type { RawFlags } from './raw-options.ts';
import { addSecondPlaceFlags, addStorageFlags, readRest, readSecondPlace, readStorage } from './record-flags.ts';
import { readResume } from './resume-flags.ts';

/** The command that flags without a command mean. */
const DEFAULT_COMMAND = 'demo';
/** Picked from 25 for a market that is lively from its first seconds; one of them leaves a maker unfilled for twelve. */
const DEMO_SEED = '6';
const LATENCY_HELP = `one-way time of each leg to and from the venue (a bare number is milliseconds), or assumed distributions: ${LATENCY_PROFILE_NAMES.join(', ')}, or a .json file of measured ones, as a run leaves in report/latency.json`;
/** Nothing else happens while markets warm up, not even Ctrl-C: six of them take a second and a half for twenty minutes. */
const LONGEST_WARM_UP = micros(24 * 3600 * SECOND);
/** Seeds are 32 bits. */
const MAX_SEED = 4_294_967_295;

/**
 * Reads the command line and runs the command it names.
 * @param argv What follows `kb`.
 * @throws CliError `KB_CLI_USAGE`, naming every problem at once; or whatever the command throws.
 */
export async function run(argv: readonly string[], version: string, context: CommandContext): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = buildProgram(version, context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(withDefaultCommand(argv), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error); // zero: help or version was printed
  }
  return exitCode;
}

/** The whole command tree, with its help. */
function buildProgram(version: string, context: CommandContext, ended: (code: ExitCode) => void): Commander {
  const program = new Commander('kb');
  program
    .description('Verified Kraken market data, and paper trading that says how far it can be trusted.')
    .version(`kb ${version}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.stdout.write(text), writeErr: () => undefined })
    .addHelpText(
      'after',
      '\nFlags without a command mean `kb demo`: `kb --for=15s`. Each command has its own --help.\n',
    );

  add(program, 'demo', 'local exchange, paper market maker, live view: needs no network and no keys')
    .option('--for <time>', 'stop after this long (30s, 5m; a bare number is seconds)')
    .option('--seed <n>', 'seed of the simulated market', DEMO_SEED)
    .option('--latency <time|profile>', LATENCY_HELP)
    .option('--speed <speed>', 'real, or max: in one process on a virtual clock, as fast as it goes', 'real')
    .option('--runs <dir>', 'folder of run folders', context.env['KB_RUNS_DIR'] ?? 'runs')
    .addHelpText('after', examples('kb demo', 'kb demo --for=30s --seed 7', 'kb demo --for=10s --json'))
    .action(async (flags: RawFlags, command: Commander) => {
      const reader = readerOf(command, flags, 0);
      const options: DemoOptions = {
        ...common(flags),
        for: reader.duration('for', 's'),
        seed: reader.integer('seed', 0, MAX_SEED) ?? 0,
        latency: reader.parsed('latency', parseLatency),
        speed: reader.oneOf('speed', SPEEDS) ?? 'real',
        runs: reader.text('runs') ?? '',
      };
      if (options.speed === 'max' && options.for === undefined) {
        reader.problem('--speed max: say how long with --for, the local exchange never ends');
      }
      reader.done();
      const { demo } = await import('./commands/demo.ts');
      ended(await demo(options, context));
    });

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
  addSecondPlaceFlags(addAccountFlags(paperCommand), 'the run folder')
    .addHelpText(
      'after',
      examples(
        'kb paper --latency 30ms --for 60s',
        'kb paper --latency home --for 60s',
        'kb paper --latency runs/latest-paper/report/latency.json',
        'kb paper --source sim --strategy probe --latency 30ms --for 20s --json',
        'kb paper --source tape:capture.ndjson.gz --latency 30ms',
        'kb paper --latency 30ms --volume 48000 --venue-tier intermediate',
        'kb paper --latency 30ms --second-location /media/usb',
        'kb paper --resume runs/latest-paper',
      ),
    )
    .action(async (flags: RawFlags, command: Commander) => {
      const reader = readerOf(command, flags, 0);
      if (reader.text('resume') !== undefined) {
        const resumed = readResume(reader, command, common(flags));
        reader.done();
        const { resumePaper } = await import('./commands/resume-paper.ts');
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
      const { paper } = await import('./commands/paper.ts');
      ended(await paper(options, context));
    });

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
      const { record } = await import('./commands/record.ts');
      ended(await record(options, context));
    });

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
        const { replayVerify } = await import('./commands/replay-verify.ts');
        ended(await replayVerify(options, context));
      } else {
        const { replayDiff } = await import('./commands/replay-diff.ts');
        const diffOptions: DiffOptions = { ...common(flags), path };
        ended(await replayDiff(diffOptions, context));
      }
    });

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
      const { importFile } = await import('./commands/import-file.ts');
      ended(await importFile(options, context));
    });

  add(program, 'sim', 'local exchange that speaks Kraken: WebSocket v2 and v1, REST, accounts that trade, faults')
    .option('--port <n>', 'port on this machine; 0 takes a free one', '0')
    .option('--pairs <pairs>', 'pairs to list, repeatable or with commas (default: six, large to tiny)', collect)
    .option('--scenario <name>', SCENARIOS.join(', '), 'calm')
    .option(
      '--account <name=balances>',
      'an account that may trade, such as alice=USD:25000,BTC:1 (repeatable; default: trader with a bit of everything)',
      collect,
    )
    .option('--accounts <file>', 'accounts, keys and permissions from a JSON file')
    .option(
      '--fault <fault>',
      'inject a fault, such as crc@30s,pair=BTC/USD (repeatable; --list-faults names them)',
      collect,
    )
    .option('--list-faults', 'print the kinds of faults, and what a client sees of them')
    .option(
      '--tls [folder]',
      'serve https and wss, with a certificate kept in this folder (default: in your home folder)',
    )
    .option('--no-rate-limits', 'count nobody’s calls')
    .option(
      '--warm-up <time>',
      'how long the markets trade before it opens, for a past with candles; a day takes a minute or two',
      '1m',
    )
    .option('--tape <file>', 'let this recording be the market, with its original timing')
    .option('--verbatim', 'with --tape: the recorded frames as they are, public data only')
    .option('--seed <n>', 'seed of the generated markets', '42')
    .option('--for <time>', 'stop after this long (30s, 5m; a bare number is seconds)')
    .addHelpText(
      'after',
      examples(
        'kb sim --port 9443',
        'kb sim --account alice=USD:25000,BTC:1 --account bob=USD:5000 --scenario crash',
        'kb sim --fault halfopen=10s@1m --fault crc,every=30s,pair=BTC/USD',
        'kb sim --tls --port 9443',
        'kb sim --tape capture.ndjson.gz --port 9443',
      ),
    )
    .action(async (flags: RawFlags, command: Commander) => {
      const reader = readerOf(command, flags, 0);
      const { readAccountFile } = await import('@kb/exchange-sim');
      const tape = reader.text('tape');
      const options: SimOptions = {
        ...common(flags),
        port: reader.integer('port', 0, 65_535) ?? 0,
        tape,
        verbatim: reader.boolean('verbatim'),
        pairs: reader.pairs('pairs'),
        scenario: reader.oneOf('scenario', SCENARIOS) ?? 'calm',
        accounts: reader.accounts('account', readAccountFile),
        accountFile: reader.text('accounts'),
        faults: reader.texts('fault'),
        tls: flags['tls'] === true ? certificateFolder(context.env) : reader.text('tls'),
        rateLimits: flags['rateLimits'] !== false,
        warmUp: reader.duration('warmUp', 's') ?? micros(0),
        seed: reader.integer('seed', 0, MAX_SEED) ?? 0,
        for: reader.duration('for', 's'),
      };
      if (reader.boolean('listFaults')) {
        reader.done();
        const { listFaults } = await import('./commands/list-faults.ts');
        ended(listFaults(options, context));
        return;
      }
      if (options.warmUp > LONGEST_WARM_UP) {
        reader.problem('--warm-up: at most 24h, or it would take too long');
      }
      if (options.verbatim && tape === undefined) reader.problem('--verbatim goes with --tape only');
      if (tape !== undefined && reader.list('pairs').length > 0) {
        reader.problem('--pairs: a tape lists the pairs that it holds');
      }
      if (tape !== undefined && ['trend', 'crash', 'thin'].includes(options.scenario)) {
        reader.problem(
          `--scenario ${options.scenario}: a tape has its own story; only generated markets follow another`,
        );
      }
      if (options.verbatim && (options.accounts.length > 0 || options.accountFile !== undefined)) {
        reader.problem('--verbatim: recorded bytes have no place for orders; leave it out, or the accounts');
      }
      if (
        options.verbatim &&
        (options.faults.length > 0 || options.scenario === 'faulty' || options.tls !== undefined)
      ) {
        reader.problem(
          '--verbatim: recorded bytes come without faults and TLS; leave it out, or --fault, --scenario and --tls',
        );
      }
      reader.done();
      const { sim } = await import('./commands/sim.ts');
      ended(await sim(options, context));
    });

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
      const { facts } = await import('./commands/facts.ts');
      ended(await facts(options, context));
    });

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
      const { fidelity } = await import('./commands/fidelity.ts');
      ended(await fidelity(options, context));
    });

  return program;
}

/** A command with what all commands share. Unknown flags are let through: `readerOf` tells all of them at once. */
function add(program: Commander, name: string, description: string): Commander {
  return program
    .command(name)
    .description(description)
    .option('--json', 'one JSON document on stdout')
    .option('--no-color', 'no colour (NO_COLOR and CI are honoured too)')
    .helpOption('-h, --help', 'show help')
    .allowUnknownOption()
    .allowExcessArguments();
}

function common(flags: RawFlags): { readonly json: boolean; readonly color: boolean } {
  return { json: flags['json'] === true, color: flags['color'] !== false };
}

/** Starts reading a command's flags, with what the command does not know as the first problems. */
function readerOf(command: Commander, flags: RawFlags, positionals: number): FlagReader {
  const reader = new FlagReader(command.name(), flags);
  const known = command.options.flatMap((option) => option.long ?? []);
  for (const text of command.args.filter((arg) => arg.startsWith('-'))) {
    const flag = text.split('=')[0] ?? text;
    reader.problem(`unknown flag ${flag}${suggestion(flag, known)}`);
  }
  // The value of an unknown flag ends up here too; it is told only when there is no such flag to blame.
  const extra = command.args.filter((arg) => !arg.startsWith('-')).slice(positionals);
  if (!command.args.some((arg) => arg.startsWith('-'))) {
    for (const text of extra) {
      const isCommand = command.parent?.commands.some((other) => other.name() === text) === true;
      reader.problem(`unexpected argument ${JSON.stringify(text)}${isCommand ? ': write the command first' : ''}`);
    }
  }
  return reader;
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

/** `30ms`, or a profile's name. */
function parseLatency(text: string): LatencyChoice {
  const profile = LATENCY_PROFILE_NAMES.find((name) => name === text);
  if (profile !== undefined) return profile;
  if (text.endsWith('.json')) return { file: text };
  if (/^\d/.test(text)) return parseDuration(text, 'ms');
  const names = LATENCY_PROFILE_NAMES.join(', ');
  throw new CliError(
    'KB_CLI_USAGE',
    `expected a time such as 30ms, ${names}, or a .json file, was ${JSON.stringify(text)}${suggestion(text, LATENCY_PROFILE_NAMES)}`,
  );
}

function readDepth(reader: FlagReader): number | undefined {
  const depth = reader.oneOf('depth', BOOK_DEPTHS.map(String));
  return depth === undefined ? undefined : Number(depth);
}

/** `kb --for=15s` means `kb demo --for=15s`; help and version stay the program's own. */
function withDefaultCommand(argv: readonly string[]): string[] {
  const [first] = argv;
  const own = first !== undefined && ['-h', '--help', '-V', '--version'].includes(first);
  return first === undefined || (first.startsWith('-') && !own) ? [DEFAULT_COMMAND, ...argv] : [...argv];
}

function usageError(error: CommanderError): CliError {
  const message = error.message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)$/, ' (did you mean $1?)');
  return new CliError('KB_CLI_USAGE', message, { cause: error, hint: 'kb --help' });
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}
