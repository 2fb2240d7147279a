import { FAULT_KINDS } from '@kb/exchange-sim';
import type { FaultRule } from '@kb/exchange-sim';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { CommonOptions } from '../options.ts';

/** Prints the faults that `kb sim --fault` can inject, with the values they take. */
export function listFaults({ json }: CommonOptions, { stdout }: CommandContext): ExitCode {
  const rules: readonly (readonly [string, FaultRule])[] = Object.entries(FAULT_KINDS);
  const kinds = rules.map(([kind, { mode, value, does, sees, pair }]) => ({
    kind,
    mode,
    ...(value === undefined ? {} : { value: value.expects, standing: value.otherwise }),
    ...(pair === undefined ? {} : { pair }),
    does,
    sees,
  }));
  if (json) {
    stdout.write(`${JSON.stringify({ faults: kinds })}\n`);
    return EXIT_CODES.ok;
  }
  const width = Math.max(...kinds.map(({ kind }) => kind.length));
  const indent = ' '.repeat(width);
  for (const { kind, does, value, standing, sees } of kinds) {
    stdout.write(`${kind.padEnd(width)}  ${does}\n`);
    const when = standing === undefined ? '' : `; ${standing} when left out`;
    if (value !== undefined) stdout.write(`${indent}  value: ${value}${when}\n`);
    stdout.write(`${indent}  seen: ${sees}\n`);
  }
  stdout.write('\nkind[=value][@start][,for=time|ever][,every=time][,count=n][,pair=BTC/USD][,channel=name]\n');
  return EXIT_CODES.ok;
}
