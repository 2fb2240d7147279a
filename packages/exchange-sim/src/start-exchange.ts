import { systemScheduler } from '@kb/kraken';
import type { RecordedFrame } from '@kb/kraken';
import { micros, MILLISECOND } from '@kb/model';
import type { Micros } from '@kb/model';
import { ConnectionLimit } from './access/connection-limit.ts';
import { SimError } from './errors.ts';
import { Findings } from './exchange/findings.ts';
import type { MarketOptions } from './exchange/market-options.ts';
import { checkMembers } from './exchange/member-register.ts';
import { STANDARD_SYMBOLS, standardMarkets } from './exchange/standard-markets.ts';
import { FaultInjector } from './faults/fault-injector.ts';
import { FAULT_PLANS } from './faults/fault-plans.ts';
import { faultText, parseFaults } from './faults/fault-spec.ts';
import type { FaultSpec } from './faults/fault-spec.ts';
import { listen } from './listen.ts';
import type { Listening, ListenOptions } from './listen.ts';
import type { AnswerHttpLater } from './listen/http-answers.ts';
import { LateAnswers } from './listen/late-answers.ts';
import { SimExchange } from './sim-exchange.ts';
import type { SimExchangeOptions } from './sim-exchange.ts';
import { openTape } from './tape/tape-feeder.ts';
import type { TapeFeeder } from './tape/tape-feeder.ts';
import { playOnVisit, recordedMarkets } from './tape/recorded-markets.ts';
import { certificateIn } from './tls/certificate.ts';

export interface StartOptions
  extends Partial<Omit<SimExchangeOptions, 'sources'>>, Pick<ListenOptions, 'host' | 'port' | 'allowRemote'> {
  /** Kraken's pairs by v2 symbol, where no `markets` are given; six from large to tiny when left out. */
  readonly pairs?: readonly string[];
  /** A recording that is the market, in place of `markets` and `pairs`. It plays once, from the first client on. */
  readonly tape?: AsyncIterable<RecordedFrame> | readonly RecordedFrame[];
  /**
   * How long answers of private REST calls are held back; 2 ms when left out. Clients whose nonce is the millisecond (ccxt) would send
   * the same one twice to an exchange that answers within one.
   */
  readonly privateRestDelay?: Micros;
  /** Faults as people write them, `crc@30s,pair=BTC/USD`: see `FAULT_KINDS`. */
  readonly faults?: readonly string[];
  /** https and wss, with the certificate of this folder; made when there is none. */
  readonly tls?: { readonly folder: string };
  /** Called once when the tape is over: with nothing at its end, or with what is wrong. Clients have been closed then. */
  readonly onEnd?: (error: SimError | undefined) => void;
}

/** An exchange that clients can connect to. */
export interface RunningExchange extends Listening {
  readonly exchange: SimExchange;
  /** File of the certificate that clients have to trust; `undefined` without TLS. */
  readonly certificate: string | undefined;
  /** Where faults are injected and cleared while it runs. */
  readonly faults: FaultInjector;
  /** Injects a fault as people write it. @throws SimError `KB_SIM_BAD_OPTION`, `KB_SIM_UNKNOWN_SYMBOL`. */
  inject(fault: string): void;
  /** A key of an account, with its secret. @throws SimError `KB_SIM_UNKNOWN_ACCOUNT`. */
  credentials(account: string): { readonly apiKey: string; readonly secret: string };
}

/**
 * Starts a whole exchange in one line: markets that move in real time, on a free port of loopback, for any client of Kraken's.
 *
 * `const exchange = await startExchange({ accounts: [{ name: 'alice', balances: { USD: '10000' } }] })`
 *
 * @throws SimError (rejects) for pairs, accounts, keys and faults that make no sense, with everything that is wrong with them; a port that is taken, a recording that holds no book.
 */
export async function startExchange(options: StartOptions = {}): Promise<RunningExchange> {
  const feeder = options.tape === undefined ? undefined : await openTape(options.tape);
  try {
    return await startWith(feeder, options);
  } catch (error) {
    feeder?.close();
    throw error;
  }
}

async function startWith(feeder: TapeFeeder | undefined, options: StartOptions): Promise<RunningExchange> {
  const { seed = 42, scheduler = systemScheduler(), host, port, allowRemote } = options;
  const { markets, asked } = checked(feeder, options);
  const exchange: SimExchange = new SimExchange({
    ...options,
    markets,
    sources: feeder === undefined ? [] : [feeder],
    seed,
    scheduler,
  });
  if (feeder !== undefined) playOnVisit(feeder, exchange, options.onEnd);
  const certificate = options.tls === undefined ? undefined : await certificateIn(options.tls.folder);
  const faults = new FaultInjector({ scheduler, seed, target: exchange });
  const planned = options.scenario === 'faulty' ? FAULT_PLANS.faulty : [];
  const connections = new ConnectionLimit(undefined, options.rateLimits ?? true);
  const late = new LateAnswers(scheduler);
  const open = (): Promise<Listening> =>
    listen({
      accept: faults.wrap(exchange.accept),
      acceptV1: faults.wrap(exchange.acceptV1),
      rest: heldBack(faults.wrapRest(exchange.rest), late, options.privateRestDelay ?? micros(2 * MILLISECOND)),
      faults,
      gate: (remote) =>
        connections.admit(remote, scheduler.now()) ? undefined : connections.retryAfter(remote, scheduler.now()),
      ...(certificate === undefined ? {} : { tls: certificate }),
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(allowRemote === undefined ? {} : { allowRemote }),
    });
  let server: Listening;
  try {
    for (const spec of [...planned, ...asked]) faults.inject(spec);
    server = await open();
  } catch (error) {
    faults.clear(); // or their timers would keep the process
    throw error;
  }
  exchange.start();
  return {
    ...server,
    exchange,
    certificate: certificate?.certFile,
    faults,
    inject: (fault) => {
      for (const spec of parseFaults([fault])) faults.inject(spec);
    },
    credentials: (account) => exchange.credentials(account),
    close: async () => {
      feeder?.close();
      faults.clear();
      late.release();
      exchange.stop();
      await server.close();
    },
  };
}

function heldBack(rest: AnswerHttpLater, late: LateAnswers, delay: Micros): AnswerHttpLater {
  return (request) => {
    const answer = rest(request);
    if (delay <= 0 || !request.path.startsWith('/0/private/')) return answer;
    return late.wait(delay).then(() => answer);
  };
}

/** Markets and faults; everything that is wrong with them or with the accounts is told at once. */
function checked(
  feeder: TapeFeeder | undefined,
  options: StartOptions,
): { readonly markets: readonly MarketOptions[]; readonly asked: readonly FaultSpec[] } {
  const findings = new Findings();
  const markets = findings.try(
    () => options.markets ?? (feeder === undefined ? generated(options.pairs) : recordedMarkets(feeder)),
  );
  checkMembers(findings, options.accounts ?? [], options.keys ?? []);
  const asked = findings.try(() => parseFaults(options.faults ?? [])) ?? [];
  for (const spec of asked) {
    const { symbol } = spec;
    if (
      symbol === undefined ||
      markets === undefined ||
      markets.some(({ instrument }) => instrument.symbol === symbol)
    ) {
      continue;
    }
    findings.try(() => {
      throw new SimError('KB_SIM_UNKNOWN_SYMBOL', `${faultText(spec)}: there is no market ${symbol}`);
    });
  }
  findings.done();
  return { markets: markets ?? [], asked };
}

function generated(pairs: readonly string[] = STANDARD_SYMBOLS): readonly MarketOptions[] {
  return standardMarkets(pairs);
}
