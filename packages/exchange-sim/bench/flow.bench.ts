/**
 * Events a second of the generators S1 and S2 with their matcher, by preset and style, where an event is one that sent the matcher
 * something: arrivals that are thinned away, beats and refills cost time and do not count. And of the whole exchange with a subscriber at
 * depth 10, which adds the ladders, windows, checksums and frames. Hot because soak tests and sweeps run simulated days.
 */
import { instrument, micros, SECOND, ticks, VirtualScheduler } from '@kb/model';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow } from '../../../scripts/bench-kit.ts';
import {
  DEMO_MARKET,
  FLOW_PRESETS,
  Matcher,
  QueueReactive,
  S2_STYLES,
  s2For,
  SimExchange,
  ZeroIntelligence,
} from '../src/index.ts';
import type { Flow, FlowPreset, S2Style } from '../src/index.ts';

export function run(options: BenchOptions): BenchRow[] {
  const steps = options.smoke ? 5_000 : 100_000;
  const presets = Object.keys(FLOW_PRESETS) as FlowPreset[];
  const generators = benches(presets, (preset) => new Generator((matcher) => zeroIntelligence(preset, matcher), steps));
  const times = interleave(runners(generators), steps, options);
  const rateOf = (preset: FlowPreset): number => (1e9 / times[preset]) * generators[preset].eventsPerStep;
  const rows = presets.map((preset) => row(`S1 ${preset}, generator and matcher`, rateOf(preset), 'events/s'));

  const styles = benches(S2_STYLES, (style) => new Generator((matcher) => queueReactive(style, matcher), steps));
  const reactive = interleave(runners(styles), steps, options);
  const against = rateOf('pilot-d');
  for (const style of S2_STYLES) {
    const rate = (1e9 / reactive[style]) * styles[style].eventsPerStep;
    rows.push({
      name: `S2 ${style}, generator and matcher`,
      median: rate,
      unit: 'events/s',
      against: 'S1 pilot-d',
      ratio: rate / against,
    });
  }

  const seconds = options.smoke ? 2 : 60;
  const one = new Crowd(1);
  const hundred = new Crowd(100);
  const crowds = interleave(
    { one: () => one.advance(seconds), hundred: () => hundred.advance(seconds) },
    seconds,
    options,
  );
  const perFrame = crowds.one / one.framesPerSecond;
  const perCopy = (crowds.hundred - crowds.one) / hundred.framesPerSecond / 99;
  return [
    ...rows,
    row('demo exchange, depth 10: make and publish one frame', perFrame, 'ns/frame'),
    {
      name: 'one more subscriber of that frame',
      median: perCopy,
      unit: 'ns/frame',
      against: 'making it',
      ratio: perCopy / perFrame,
    },
  ];
}

function row(name: string, median: number, unit: string): BenchRow {
  return { name, median, unit, against: undefined, ratio: undefined };
}

function benches<Name extends string>(
  names: readonly Name[],
  make: (name: Name) => Generator,
): Record<Name, Generator> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Generator>;
}

function runners<Name extends string>(generators: Readonly<Record<Name, Generator>>): Record<Name, () => number> {
  const names = Object.keys(generators) as Name[];
  return Object.fromEntries(names.map((name) => [name, () => generators[name].run()])) as Record<Name, () => number>;
}

const BTC = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8, minQty: '0.0001' });
const COMMON = { instrument: BTC, seed: 1, startPrice: ticks(600_000) };

function zeroIntelligence(preset: FlowPreset, matcher: Matcher): Flow {
  return new ZeroIntelligence({ ...COMMON, matcher, flow: FLOW_PRESETS[preset] });
}

function queueReactive(style: S2Style, matcher: Matcher): Flow {
  return new QueueReactive({ ...COMMON, matcher, flow: s2For({ price: 60_000, tickSize: 0.1 }, style) });
}

/** What a flow counts that sent the matcher nothing, or that it did not send as an event of its own. */
const NO_EVENTS: readonly string[] = ['refills', 'referenceSteps'];

class Generator {
  readonly #flow: Flow;
  readonly #steps: number;
  #told = 0;
  #stepped = 0;

  constructor(makeFlow: (matcher: Matcher) => Flow, steps: number) {
    const count = (): void => void (this.#told += 1);
    this.#steps = steps;
    this.#flow = makeFlow(
      new Matcher({
        onTrade: count,
        onQueued: count,
        onResized: count,
        onUnqueued: count,
        onLevel: count,
        onDone: count,
      }),
    );
  }

  get eventsPerStep(): number {
    const events = Object.entries(this.#flow.counts).filter(([name]) => !NO_EVENTS.includes(name));
    return events.reduce((sum, [, count]) => sum + count, 0) / this.#stepped;
  }

  run(): number {
    for (let step = 0; step < this.#steps; step += 1) this.#flow.step();
    this.#stepped += this.#steps;
    return this.#told;
  }
}

/** The demo exchange and so many subscribers of its book, which throw away what they get. */
class Crowd {
  readonly #scheduler = new VirtualScheduler(micros(0));
  readonly #subscribers: number;
  #sent = 0;
  #seconds = 0;

  constructor(subscribers: number) {
    this.#subscribers = subscribers;
    const sim = new SimExchange({ markets: [DEMO_MARKET], seed: 1, scheduler: this.#scheduler });
    for (let count = 0; count < subscribers; count += 1) {
      const session = sim.accept({
        send: () => void (this.#sent += 1),
        close: () => undefined,
        terminate: () => undefined,
        bufferedBytes: 0,
      });
      session.onMessage(Buffer.from('{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"]}}'));
    }
    sim.start();
  }

  /** Frames each subscriber got in a second, on average. */
  get framesPerSecond(): number {
    return this.#sent / this.#seconds / this.#subscribers;
  }

  advance(seconds: number): number {
    this.#seconds += seconds;
    this.#scheduler.advance(micros(seconds * SECOND));
    return this.#sent;
  }
}
