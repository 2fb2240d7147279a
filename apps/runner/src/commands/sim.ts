import { DEMO_MARKETS, listen, SimExchange, TapeServer } from '@kb/exchange-sim';
import { readRecording, systemScheduler } from '@kb/kraken';
import type { Accept } from '@kb/kraken';
import { KbError } from '@kb/model';
import { untilDone } from '../context.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { SimOptions } from '../options.ts';

/** Something that clients connect to. */
interface Exchange {
  readonly accept: Accept;
  /** For people: what it is. */
  readonly name: string;
  stop(): void;
}

/**
 * Serves a generated market or a recording on loopback, until it is stopped or the recording is over. The address goes to
 * stdout as soon as it can be connected to.
 */
export async function sim(options: SimOptions, context: CommandContext): Promise<ExitCode> {
  const { tape, seed, port } = options;
  const ended = new AbortController();
  const exchange = tape === undefined ? generatedMarket(seed) : await recordedMarket(tape, ended);
  try {
    const server = await listen({ accept: exchange.accept, port });
    const { url } = server;
    context.stdout.write(
      options.json
        ? `${JSON.stringify({ url, port: server.port })}\n`
        : `SIM ready  ${url}  ${exchange.name}\nKraken WebSocket v2: status, instrument, book, trade, ticker. Ctrl-C ends it.\n`,
    );
    await untilDone(options.for, AbortSignal.any([context.signal, ended.signal]));
    await server.close();
  } finally {
    exchange.stop();
  }
  if (ended.signal.reason instanceof KbError) throw ended.signal.reason;
  return EXIT_CODES.ok;
}

function generatedMarket(seed: number): Exchange {
  const exchange = new SimExchange({ markets: DEMO_MARKETS, seed, scheduler: systemScheduler() });
  exchange.start();
  return { accept: exchange.accept, name: `${exchange.symbols.join(', ')}, seed ${seed}`, stop: () => exchange.stop() };
}

/** @param ended Aborted when the tape is over, with what was wrong with it as the reason. */
async function recordedMarket(path: string, ended: AbortController): Promise<Exchange> {
  // A recording that cannot be read at all is told before anyone connects.
  for await (const _ of readRecording(path)) break;
  const server = new TapeServer({
    frames: readRecording(path),
    scheduler: systemScheduler(),
    onEnd: (error) => ended.abort(error?.cause instanceof KbError ? error.cause : error),
  });
  return { accept: server.accept, name: path, stop: () => server.close() };
}
