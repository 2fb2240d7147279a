import type { CommandContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { PaperOptions } from '../options.ts';
import { openSource } from '../session/market-source.ts';
import { chosenLatency, paperConfig } from '../session/paper-config.ts';
import { runPaper } from '../session/paper-run.ts';

/** A simulated account on live, simulated or recorded market data. */
export async function paper(options: PaperOptions, context: CommandContext): Promise<ExitCode> {
  const { account, appraisal, balances, connectTimeout, depth, latency, pair, params, second, seed, speed, strategy } =
    options;
  const source = await openSource(options.source, pair, { depth, seed, speed });
  const config = paperConfig({
    source,
    pair,
    strategy,
    latency: chosenLatency(latency, seed),
    account,
    appraisal,
    balances,
    params,
  });
  return runPaper({ mode: 'PAPER', source, config, seed, connectTimeout, second }, options, context);
}
