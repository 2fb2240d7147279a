import { micros, SECOND } from '@kb/model';
import type { Command as Commander } from 'commander';
import { certificateFolder } from '../certificate-folder.ts';
import type { CommandContext } from '../context.ts';
import { SCENARIOS } from '../options.ts';
import type { SimOptions } from '../options.ts';
import { add, collect, common, examples, MAX_SEED, readerOf } from './command.ts';
import type { Ended } from './command.ts';
import type { RawFlags } from './raw-options.ts';

/** Nothing else happens while markets warm up, not even Ctrl-C: six of them take a second and a half for twenty minutes. */
const LONGEST_WARM_UP = micros(24 * 3600 * SECOND);

/** `kb sim`: its flags, and what they must be. */
export function addSim(program: Commander, context: CommandContext, ended: Ended): void {
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
        const { listFaults } = await import('../commands/list-faults.ts');
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
      const { sim } = await import('../commands/sim.ts');
      ended(await sim(options, context));
    });
}
