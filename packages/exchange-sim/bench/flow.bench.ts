/**
 * Events a second of the generators S1 and S2 with their matcher, by preset and style; and of the whole exchange with a subscriber at depth 10, which
 * adds the ladders, windows, checksums and frames. Hot because soak tests and sweeps run simulated days.
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
import type { FlowPreset, S2Style } from '../src/index.ts';

export function run(options: BenchOptions): BenchRow[] {
  const steps = options.smoke ? 5_000 : 100_000;
  const presets = Object.keys(FLOW_PRESETS) as FlowPreset[];
  const generators = Object.fromEntries(presets.map((preset) => [preset, generator(preset, steps)])) as Record<
    FlowPreset,
    () => number
  >;
  const times = interleave(generators, steps, options);
  const rows = presets.map((preset) => row(`S1 ${preset}, generator and matcher`, 1e9 / times[preset], 'events/s'));

  const styles = Object.fromEntries(S2_STYLES.map((style) => [style, queueReactive(style, steps)])) as Record<
    S2Style,
    () => number
  >;
  const reactive = interleave(styles, steps, options);
  const against = 1e9 / times['pilot-d'];
  for (const style of S2_STYLES) {
    const rate = 1e9 / reactive[style];
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

function generator(preset: FlowPreset, steps: number): () => number {
  const pair = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8, minQty: '0.0001' });
  let told = 0;
  const matcher = new Matcher({
    onTrade: () => void (told += 1),
    onQueued: () => void (told += 1),
    onResized: () => void (told += 1),
    onUnqueued: () => void (told += 1),
    onLevel: () => void (told += 1),
    onDone: () => void (told += 1),
  });
  const flow = new ZeroIntelligence({
    instrument: pair,
    flow: FLOW_PRESETS[preset],
    matcher,
    seed: 1,
    startPrice: ticks(600_000),
  });
  return () => {
    for (let step = 0; step < steps; step += 1) flow.step();
    return told;
  };
}

function queueReactive(style: S2Style, steps: number): () => number {
  const pair = instrument({ symbol: 'BTC/USD', pricePrecision: 1, qtyPrecision: 8, minQty: '0.0001' });
  let told = 0;
  const count = (): void => void (told += 1);
  const matcher = new Matcher({
    onTrade: count,
    onQueued: count,
    onResized: count,
    onUnqueued: count,
    onLevel: count,
    onDone: count,
  });
  const flow = new QueueReactive({
    instrument: pair,
    flow: s2For({ price: 60_000, tickSize: 0.1 }, style),
    matcher,
    seed: 1,
    startPrice: ticks(600_000),
  });
  return () => {
    for (let step = 0; step < steps; step += 1) flow.step();
    return told;
  };
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
