import type { Command as Commander } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import { FlagReader, suggestion } from './raw-options.ts';
import type { RawFlags } from './raw-options.ts';

/** Told how a command ended. */
export type Ended = (code: ExitCode) => void;

/** Seeds are 32 bits. */
export const MAX_SEED = 4_294_967_295;

/** A command with what all commands share. Unknown flags are let through: `readerOf` tells all of them at once. */
export function add(program: Commander, name: string, description: string): Commander {
  return program
    .command(name)
    .description(description)
    .option('--json', 'one JSON document on stdout')
    .option('--no-color', 'no colour (NO_COLOR and CI are honoured too)')
    .helpOption('-h, --help', 'show help')
    .allowUnknownOption()
    .allowExcessArguments();
}

export function common(flags: RawFlags): { readonly json: boolean; readonly color: boolean } {
  return { json: flags['json'] === true, color: flags['color'] !== false };
}

/** Starts reading a command's flags, with what the command does not know as the first problems. */
export function readerOf(command: Commander, flags: RawFlags, positionals: number): FlagReader {
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

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}
