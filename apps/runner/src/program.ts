import { Command as Commander, CommanderError } from 'commander';
import { CliError } from './cli-error.ts';
import { addDemo } from './command-line/demo.ts';
import { addFacts } from './command-line/facts.ts';
import { addFidelity } from './command-line/fidelity.ts';
import { addImport } from './command-line/import.ts';
import { addPaper } from './command-line/paper.ts';
import { addRecord } from './command-line/record.ts';
import { addReplay } from './command-line/replay.ts';
import { addSim } from './command-line/sim.ts';
import type { Ended } from './command-line/command.ts';
import type { CommandContext } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

/** The command that flags without a command mean. */
const DEFAULT_COMMAND = 'demo';

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
function buildProgram(version: string, context: CommandContext, ended: Ended): Commander {
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

  addDemo(program, context, ended);
  addPaper(program, context, ended);
  addRecord(program, context, ended);
  addReplay(program, context, ended);
  addImport(program, context, ended);
  addSim(program, context, ended);
  addFacts(program, context, ended);
  addFidelity(program, context, ended);
  return program;
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
