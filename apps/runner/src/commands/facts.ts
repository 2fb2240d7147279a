import { factsTable, stylisedFacts } from '@kb/exchange-sim';
import { SECOND } from '@kb/model';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { FactsOptions } from '../options.ts';

/** Runs a generated market by itself and prints how it compares with the stylised facts of real ones. */
export function facts(options: FactsOptions, { stdout, stderr }: CommandContext): ExitCode {
  const { pair, flow, seed, json } = options;
  const seconds = Math.ceil(options.for / SECOND);
  const found = stylisedFacts({
    pair,
    flow,
    seed,
    seconds,
    onProgress: (share) => {
      if (stderr.isTTY === true) stderr.write(`\r${Math.round(share * 100)} %${share >= 1 ? '\n' : ''}`);
    },
  });
  if (json) {
    stdout.write(`${JSON.stringify({ pair, flow, seed, seconds, facts: found })}\n`);
    return EXIT_CODES.ok;
  }
  const passed = found.filter(({ verdict }) => verdict === 'pass').length;
  const judged = found.filter(({ verdict }) => verdict !== 'not applicable').length;
  stdout.write(
    `${factsTable(found)}\n\n${pair}, ${flow}, seed ${seed}, ${seconds} s: ${passed} of ${judged} rows pass\n`,
  );
  return EXIT_CODES.ok;
}
