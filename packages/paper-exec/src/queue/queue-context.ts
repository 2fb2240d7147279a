import type { Level3View, Micros, QueueModelId, Side } from '@kb/model';
import { AgeHazard } from './age-hazard.ts';
import { ChannelStep } from './channel-step.ts';
import type { ExactPlace } from './exact-place.ts';
import type { CancelLessons } from './inferred-queue.ts';
import { MatchRate } from './match-rate.ts';
import { SettleQueue } from './settle-queue.ts';

/** The rule that the central model goes by. */
export type CentralRule = 'exact' | 'fingerprint' | 'power-blend';

/** What all levels of one symbol share. */
export class QueueContext {
  /** In the order of an order's states. */
  readonly models: readonly QueueModelId[];
  /** How long a decrease waits for its print, and a print for its decrease. */
  readonly window: Micros;
  /** Whether orders are inferred: only for models that need it. */
  readonly infers: boolean;
  /** Whether some model goes by the ages of orders. */
  readonly asksAges: boolean;
  readonly settling: SettleQueue = new SettleQueue();
  readonly step: ChannelStep = new ChannelStep(0.99);
  /** The same between prints and single orders, over all prints: those of hidden orders have no counterpart. */
  readonly exactStep: ChannelStep = new ChannelStep(0.8);
  readonly lessons: CancelLessons = { hazard: new AgeHazard(), matchRate: new MatchRate() };
  /** Lots that printed without ever having been displayed (F12). */
  hiddenVolume = 0;
  /** The real orders, while they are told. */
  exactBook: Level3View | undefined = undefined;
  /** Whether some model stands among them. */
  readonly needsExact: boolean;
  /** Lots that own takers had of those ahead of an order in a model, when those they displaced move on to others. */
  takenAhead: ((side: Side, place: ExactPlace, model: number) => number) | undefined = undefined;
  #trusts = false;

  constructor(models: readonly QueueModelId[], window: Micros) {
    this.models = models;
    this.window = window;
    this.infers = models.some((id) => id === 'fingerprint' || id === 'age-hazard' || id === 'central');
    this.asksAges = models.includes('age-hazard');
    this.needsExact = models.some((id) => id === 'exact' || id === 'central');
  }

  /**
   * What the central model goes by: real orders where there are any, else inferred ones while they are met, else size alone.
   * @param hasPlace False for an order that came before the real orders were told.
   */
  centralRule(hasPlace: boolean): CentralRule {
    if (hasPlace) return 'exact';
    return this.#trusts ? 'fingerprint' : 'power-blend';
  }

  /** A cancel was looked up among the inferred orders: the central model may change its rule. */
  judge(): void {
    const { value, decreases } = this.lessons.matchRate;
    if (value === undefined || decreases < MIN_DECREASES) return;
    if (this.#trusts) this.#trusts = value >= TRUST_DOWN_TO;
    else this.#trusts = value >= TRUST_FROM;
  }
}

/** Decreases that must have been looked up before the fingerprint is believed. */
const MIN_DECREASES = 100;
/**
 * Match rates at which the central model takes up the fingerprint, and below which it lets go of it. Down to 0.9 it beats size
 * alone in every market of `kb fidelity`, with books merged over up to 100 ms; at 0.88 it fills too many where queues are long.
 */
const TRUST_FROM = 0.91;
const TRUST_DOWN_TO = 0.9;
