import { micros, MILLISECOND, SECOND } from '@kb/model';
import type { CommandContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { DemoOptions } from '../options.ts';
import { openSource } from '../session/market-source.ts';
import { chosenLatency, ENTRY_TIER_FEES, evenLatency, paperConfig } from '../session/paper-config.ts';
import { runPaper } from '../session/paper-run.ts';

const PAIR = 'BTC/USD';
const CONNECT_TIMEOUT = micros(10 * SECOND);
/** An assumption, named so: the median of a virtual server in the exchange's region. */
const EU_VPS = evenLatency('eu-vps (assumed)', micros(8 * MILLISECOND));

/** A local exchange with a moving market, and a maker that quotes it on paper: no network, no keys, nothing to set up. */
export async function demo(options: DemoOptions, context: CommandContext): Promise<ExitCode> {
  const { appraisal, latency, seed, speed } = options;
  const source = await openSource({ kind: 'sim' }, PAIR, { depth: undefined, seed, speed });
  const config = paperConfig({
    source,
    pair: PAIR,
    strategy: 'maker',
    latency: latency === undefined ? EU_VPS : chosenLatency(latency, seed),
    account: { fees: ENTRY_TIER_FEES },
    appraisal,
    balances: {},
    params: {},
  });
  return runPaper(
    { mode: 'DEMO', source, config, seed, connectTimeout: CONNECT_TIMEOUT, second: undefined },
    options,
    context,
  );
}
