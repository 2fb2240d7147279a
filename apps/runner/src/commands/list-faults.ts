import { FAULT_KINDS } from '@kb/exchange-sim';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { CommonOptions } from '../options.ts';

/** Prints the faults that `kb sim --fault` can inject. */
export function listFaults({ json }: CommonOptions, { stdout }: CommandContext): ExitCode {
  const kinds = Object.entries(FAULT_KINDS).map(([kind, { mode, does, sees }]) => ({ kind, mode, does, sees }));
  if (json) {
    stdout.write(`${JSON.stringify({ faults: kinds })}\n`);
    return EXIT_CODES.ok;
  }
  const width = Math.max(...kinds.map(({ kind }) => kind.length));
  for (const { kind, does, sees } of kinds) {
    stdout.write(`${kind.padEnd(width)}  ${does}\n${' '.repeat(width)}  seen: ${sees}\n`);
  }
  stdout.write('\nkind[=value][@start][,for=time|ever][,every=time][,count=n][,pair=BTC/USD][,channel=name]\n');
  return EXIT_CODES.ok;
}
