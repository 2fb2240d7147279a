import { setImmediate } from 'node:timers/promises';
import { factsTable, stylisedFacts } from '@kb/exchange-sim';
import { SECOND } from '@kb/model';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { FactsOptions } from '../options.ts';

/** Runs a generated market by itself and prints how it compares with the stylised facts of real ones; nothing when it is stopped before. */
export async function facts(options: FactsOptions, { stdout, stderr, signal }: CommandContext): Promise<ExitCode> {
  const { pair, flow, seed, json } = options;
  const seconds = Math.ceil(options.for / SECOND);
  const found = await stylisedFacts({
    pair,
    flow,
    seed,
    seconds,
    onProgress: async (share) => {
      if (stderr.isTTY === true) stderr.write(`\r${Math.round(share * 100)} %`);
      await setImmediate(); // a signal is heard between two tasks only
      return !signal.aborted;
    },
  });
  if (stderr.isTTY === true) stderr.write('\n');
  if (found === undefined) return EXIT_CODES.ok;
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
