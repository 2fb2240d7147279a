import { KrakenSpotFeed } from '@kb/feed';
import type { TapeGap } from '@kb/feed';
import { inProcessDial } from '@kb/kraken';
import type { Dial } from '@kb/kraken';
import { instrument, micros, MILLISECOND, priceToTicks, qtyToLots } from '@kb/model';
import type {
  AccountReport,
  ExecutionReport,
  Instrument,
  MarketEvent,
  Micros,
  PlaceIntent,
  PriceSpec,
} from '@kb/model';
import { PaperVenue } from '@kb/paper-exec';
import type { PaperCommand } from '@kb/paper-exec';
import type { CaseSetting } from './contract-case.ts';
import { paperLine } from './paper-reports.ts';
import type { Command, OrderText, Step, TriggerText } from './script.ts';
import { typeOf } from './script.ts';
import type { Outcome } from './sim-side.ts';
import { balancesOf, LEVERAGE, pairOf, Street, SYMBOL, timeOf } from './setting.ts';

/** Our feed is one millisecond old, a command takes ten to arrive. */
const FEED = micros(MILLISECOND);
const ENTRY = micros(10 * MILLISECOND);

/**
 * Plays a case on paper: the same strangers do the same on the exchange, but our orders are not there. The paper venue sees what the
 * public does, frame by frame, through a real feed.
 */
export function playOnPaper(setting: CaseSetting, steps: readonly Step[], until: number): Outcome {
  const street = new Street(setting);
  const paper = new PaperClient(street, setting);
  for (const { at, run } of actionsOf(street, paper, steps)) {
    street.pass(at);
    paper.look();
    run();
    paper.look();
  }
  street.pass(until);
  paper.look();
  paper.listen(timeOf(until + 60_000));
  const balances = paper.venue.balances();
  paper.close();
  return { reports: paper.lines(), balances };
}

interface Action {
  readonly at: number;
  readonly run: () => void;
}

/** Commands leave as much earlier as they travel. */
function actionsOf(street: Street, paper: PaperClient, steps: readonly Step[]): readonly Action[] {
  const travel = (FEED + ENTRY) / MILLISECOND;
  const actions = steps.map((step): Action => {
    const { at, who } = step;
    switch (who) {
      case 'market':
        return { at, run: () => street.do(step.action) };
      case 'line':
        return { at, run: () => paper.loseUntil(step.until) };
      case 'us-timer':
        return { at: at - travel, run: () => paper.cancelAllAfter(step.seconds) };
      case 'us':
        return { at: at - travel, run: () => paper.send(step.commands, step.isBatch) };
    }
  });
  return actions.toSorted((one, other) => one.at - other.at);
}

/** A paper venue behind a feed of the exchange's public channels. */
class PaperClient {
  readonly venue: PaperVenue;
  readonly #street: Street;
  readonly #feed: KrakenSpotFeed;
  readonly #told: { readonly at: Micros; readonly line: string }[] = [];
  #pair: Instrument;
  #deafUntil: Micros = micros(0);
  #seq = 0;

  constructor(street: Street, setting: CaseSetting) {
    const { exchange, scheduler } = street;
    this.#street = street;
    this.#pair = instrument(pairOf(setting));
    this.venue = new PaperVenue({
      instruments: [this.#pair],
      latency: { feed: FEED, entry: ENTRY, ack: micros(2 * MILLISECOND) },
      fees: { startingVolume: '0' },
      balances: balancesOf(setting),
      margin: { maxLeverage: LEVERAGE },
      marketProtection: '0.1',
      onAccountReport: (report) => this.#tell(report),
      ...(setting.tier === undefined ? {} : { orderRate: { tier: setting.tier } }),
      ...(setting.follow === undefined ? {} : { models: [setting.follow], follow: setting.follow }),
    });
    this.#feed = new KrakenSpotFeed({
      url: 'ws://in-process/v2',
      symbols: [SYMBOL],
      scheduler,
      seed: 1,
      dial: this.#lossy(inProcessDial(exchange.accept, scheduler)),
      onEvent: (event) => this.#onEvent(event),
      onGap: (_symbol, gap) => this.#fill(gap),
    });
    this.#feed.start();
    street.pass(-500);
  }

  lines(): readonly string[] {
    return this.#told.toSorted((one, other) => one.at - other.at).map(({ line }) => line);
  }

  send(commands: readonly Command[], isBatch: boolean): void {
    const sent = commands.map((command) => this.#commandOf(command));
    const decidedAt = this.#street.scheduler.now();
    const [first] = sent;
    if (isBatch) this.venue.submitBatch(sent, decidedAt);
    else if (first !== undefined) this.venue.submit(first, decidedAt);
  }

  cancelAllAfter(seconds: number): void {
    this.venue.cancelAllAfter(micros(seconds * 1000 * MILLISECOND), this.#street.scheduler.now());
  }

  loseUntil(ms: number): void {
    this.#deafUntil = timeOf(ms);
  }

  /** Tells the venue what time it is, as the engine does at every tick. */
  look(): void {
    const now = this.#street.scheduler.now();
    this.#seq += 1;
    this.venue.onEvent({ type: 'timer', seq: this.#seq, venueTs: now, recvTs: now, symbol: undefined });
    this.listen(now);
  }

  listen(now: Micros): void {
    this.venue.drain(now, now, (report) => this.#tell(report));
  }

  close(): void {
    void this.#feed.close();
  }

  #onEvent(event: MarketEvent): void {
    if (event.type === 'instrument') this.#pair = event.instrument;
    this.venue.onEvent(event);
    this.listen(event.venueTs);
  }

  /** Asks the exchange for what was missed, as a feed with a REST client does. */
  #fill({ afterId = 0, beforeId, from = micros(0), to }: TapeGap): void {
    const { exchange, scheduler } = this.#street;
    const { recentTrades } = exchange.truth(SYMBOL);
    const trades = recentTrades.filter(({ tradeId }) => tradeId > afterId && tradeId < beforeId);
    const recvTs = scheduler.now();
    scheduler.after(micros(0), () => this.#feed.supply({ type: 'trades', recvTs, symbol: SYMBOL, from, to, trades }));
  }

  #tell(report: ExecutionReport | AccountReport): void {
    const line = paperLine(report, this.#pair);
    if (line !== undefined) this.#told.push({ at: report.venueTs, line });
  }

  #lossy(dial: Dial): Dial {
    return (url, handlers) =>
      dial(url, {
        ...handlers,
        onMessage: (frame) => {
          if (this.#street.scheduler.now() >= this.#deafUntil) handlers.onMessage(frame);
        },
      });
  }

  #commandOf(command: Command): PaperCommand {
    const who = { strategyId: 'contract', reason: 'case', confidence: 1, symbol: SYMBOL, clientOrderId: command.id };
    switch (command.type) {
      case 'place':
        return { ...who, ...this.#intentOf(command.order) };
      case 'amend': {
        const { display, trigger } = command.change;
        const size = display === undefined ? {} : { displaySize: qtyToLots(this.#pair, display) };
        const waitsFor = trigger === undefined ? {} : { trigger: this.#specOf(trigger) };
        return { ...who, type: 'amend', ...this.#changeOf(command.change), ...size, ...waitsFor };
      }
      case 'edit':
        return { ...who, type: 'edit', newClientOrderId: command.newId, ...this.#changeOf(command.change) };
      case 'cancel':
        return { ...who, type: 'cancel' };
    }
  }

  #changeOf({
    price,
    size,
  }: {
    price?: string;
    size?: string;
  }): Pick<PaperCommand & { type: 'amend' }, 'price' | 'size'> {
    return {
      price: price === undefined ? undefined : priceToTicks(this.#pair, price),
      size: size === undefined ? undefined : qtyToLots(this.#pair, size),
    };
  }

  #intentOf(order: OrderText): Omit<PlaceIntent, 'strategyId' | 'reason' | 'confidence' | 'symbol' | 'clientOrderId'> {
    const { close, display, expiresAt, limitOffset, margin, price, reduceOnly, selfTrade, side, trigger } = order;
    const { timeInForce = expiresAt === undefined ? 'gtc' : 'gtd', postOnly = false } = order;
    return {
      type: 'place',
      side,
      orderType: typeOf(order),
      size: qtyToLots(this.#pair, order.size),
      price: price === undefined ? undefined : priceToTicks(this.#pair, price),
      timeInForce,
      postOnly,
      ...(display === undefined ? {} : { displaySize: qtyToLots(this.#pair, display) }),
      ...(expiresAt === undefined ? {} : { expiresAt: timeOf(expiresAt) }),
      ...(limitOffset === undefined ? {} : { limitOffset: this.#offsetOf(limitOffset) }),
      ...(margin === true ? { leverage: LEVERAGE } : {}),
      ...(reduceOnly === undefined ? {} : { reduceOnly }),
      ...(selfTrade === undefined ? {} : { selfTrade }),
      ...(trigger === undefined ? {} : { trigger: { reference: 'last', price: this.#specOf(trigger) } }),
      ...(close === undefined ? {} : { close: this.#closeOf(close) }),
    };
  }

  #closeOf({ type, price, trigger }: NonNullable<OrderText['close']>): NonNullable<PlaceIntent['close']> {
    return {
      orderType: type,
      ...(price === undefined ? {} : { price: priceToTicks(this.#pair, price) }),
      ...(trigger === undefined ? {} : { trigger: { reference: 'last', price: this.#specOf(trigger) } }),
    };
  }

  #specOf(trigger: TriggerText): PriceSpec {
    return typeof trigger === 'string'
      ? { type: 'static', price: priceToTicks(this.#pair, trigger) }
      : this.#offsetOf(trigger);
  }

  #offsetOf({ offset, percent }: Exclude<TriggerText, string>): Exclude<PriceSpec, { type: 'static' }> {
    return percent === undefined
      ? { type: 'quote', offset: priceToTicks(this.#pair, offset) }
      : { type: 'percent', percent };
  }
}
