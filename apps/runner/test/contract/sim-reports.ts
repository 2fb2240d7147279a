import { isoToMicros } from '@kb/model';
import type { Micros } from '@kb/model';
import { Decimal } from 'decimal.js';
import { LINES, timed } from './lines.ts';
import type { Command } from './script.ts';

/** An entry of the `executions` channel, as far as a case looks at it. */
interface Execution {
  readonly order_id: string;
  readonly exec_type: string;
  readonly timestamp: string;
  readonly cl_ord_id?: string;
  readonly order_userref?: number;
  readonly ord_ref_id?: string;
  readonly order_qty?: number;
  readonly cum_qty?: number;
  readonly limit_price?: number;
  readonly limit_price_type?: string;
  readonly last_qty?: number;
  readonly last_price?: number;
  readonly liquidity_ind?: 'm' | 't';
  readonly fees?: readonly { readonly qty: number }[];
  readonly triggers?: { readonly status: string };
  readonly liquidated?: boolean;
  readonly reason?: string;
}

interface Answer {
  readonly method: string;
  readonly req_id: number;
  readonly success: boolean;
  readonly error?: string;
  readonly time_in: string;
  readonly result?: unknown;
}

/** What is known of an order of ours. */
interface Known {
  readonly id: string;
  size: number;
  filled: number;
  /** Line of its acceptance, while nothing else has happened to it. */
  acceptedAt: number | undefined;
  isOpen: boolean;
  wasTriggered: boolean;
}

/**
 * Reads what the exchange tells our account, and writes it down in the words of the cases. What Kraken says in two frames and a venue
 * of ours in one is one line: an order that is put out for post-only, or for want of anybody to trade with, in the instant in which
 * it was taken in was refused.
 */
export class SimReports {
  readonly lines: string[] = [];
  readonly balances: Record<string, string> = {};
  readonly #orders = new Map<string, Known>();
  readonly #orderIds = new Map<string, string>();
  readonly #tags: string[] = [];
  readonly #closes = new Map<string, number>();
  #liquidations = 0;
  readonly #expected: (readonly Command[])[] = [];

  /** @returns The id of the request. */
  expect(commands: readonly Command[]): number {
    return this.#expected.push(commands) - 1;
  }

  /** The exchange's id of an order of ours; of one that it does not know, an id that nobody has. */
  orderIdOf(id: string): string {
    return this.#orderIds.get(id) ?? 'OAAAAA-AAAAA-AAAAAA';
  }

  /** The number that stands for our id where only numbers go. */
  tagOf(id: string): number {
    return this.#tags.push(id);
  }

  hear(text: string): void {
    const frame = JSON.parse(text) as { channel?: string; type?: string; data?: unknown[]; method?: string };
    if (frame.channel === 'balances') for (const entry of frame.data ?? []) this.#onBalance(entry as BalanceEntry);
    if (frame.channel === 'executions' && frame.type === 'update') {
      for (const entry of frame.data ?? []) this.#onExecution(entry as Execution);
    }
    if (frame.method !== undefined && frame.method !== 'subscribe') this.#onAnswer(frame as unknown as Answer);
  }

  #onExecution(entry: Execution): void {
    const at = isoToMicros(entry.timestamp);
    const order = this.#orders.get(entry.order_id) ?? this.#meet(entry, at);
    const { id } = order;
    order.size = entry.order_qty ?? order.size;
    order.filled = entry.cum_qty ?? order.filled;
    const left = new Decimal(order.size).minus(order.filled).toString();
    switch (entry.exec_type) {
      case 'new':
        order.isOpen = true;
        order.acceptedAt = this.#say(at, LINES.accepted(id));
        return;
      case 'trade': {
        const { fees = [], last_price = 0, last_qty = 0, liquidity_ind } = entry;
        const fee = fees.reduce((sum, { qty }) => sum.plus(qty), new Decimal(0)).toString();
        const liquidity = liquidity_ind === 'm' ? 'maker' : 'taker';
        this.#say(at, LINES.filled(id, { size: last_qty, price: last_price, liquidity, left, fee }));
        break;
      }
      case 'canceled':
        this.#onEnd(order, at, wordOf(entry.reason), left);
        return;
      case 'expired':
        this.#say(at, LINES.expired(id, left));
        break;
      case 'amended':
      case 'restated':
        this.#say(
          at,
          LINES.amended(id, order.size, entry.limit_price_type === 'static' ? entry.limit_price : undefined, left),
        );
        break;
      case 'status':
        if (entry.triggers?.status !== 'triggered' || order.wasTriggered) return;
        order.wasTriggered = true;
        this.#say(at, LINES.triggered(id));
        break;
      default: // pending_new, filled, iceberg_refill: what they say is said by others
        return;
    }
    order.acceptedAt = undefined;
  }

  #onEnd(order: Known, at: Micros, reason: string, left: string): void {
    const { acceptedAt, id, isOpen } = order;
    if (!isOpen) {
      this.#say(at, LINES.refused('order', id, reason));
    } else if (acceptedAt === this.lines.length - 1 && REFUSALS_AFTER_ALL.has(reason)) {
      this.lines[acceptedAt] = timed(at, LINES.refused('order', id, reason));
    } else {
      this.#say(at, LINES.cancelled(id, reason === 'no-liquidity' ? 'market-remainder' : reason, left));
    }
  }

  #meet(entry: Execution, at: Micros): Known {
    const order = {
      id: this.#nameOf(entry),
      size: 0,
      filled: 0,
      acceptedAt: undefined,
      isOpen: false,
      wasTriggered: false,
    };
    this.#orders.set(entry.order_id, order);
    this.#orderIds.set(order.id, entry.order_id);
    if (entry.liquidated === true) this.#say(at, LINES.liquidation(order.id));
    return order;
  }

  #nameOf({ cl_ord_id, liquidated, ord_ref_id, order_userref = 0 }: Execution): string {
    if (cl_ord_id !== undefined) return cl_ord_id;
    if (liquidated === true) {
      this.#liquidations += 1;
      return `LIQUIDATION-${this.#liquidations}`;
    }
    if (ord_ref_id !== undefined) {
      const parent = this.#orders.get(ord_ref_id)?.id ?? '?';
      const count = (this.#closes.get(parent) ?? 0) + 1;
      this.#closes.set(parent, count);
      return `${parent}-close-${count}`;
    }
    return this.#tags[order_userref - 1] ?? '?';
  }

  #onAnswer({ error, method, req_id, result, success, time_in }: Answer): void {
    const at = isoToMicros(time_in);
    const commands = this.#expected[req_id] ?? [];
    if (!success) {
      if (commands.length === 0) throw new Error(`${method} was refused: ${error ?? ''}`);
      for (const command of commands) this.#refused(command, at, error);
    } else if (method === 'batch_add' && Array.isArray(result)) {
      for (const [index, element] of result.entries()) {
        const command = commands[index];
        const told = element as { readonly error?: string };
        if (command !== undefined && told.error !== undefined) this.#refused(command, at, told.error);
      }
    }
  }

  #refused(command: Command, at: Micros, error: string | undefined): void {
    const what = command.type === 'amend' || command.type === 'cancel' ? command.type : 'order';
    const id = command.type === 'edit' ? command.newId : command.id;
    const word = wordOf(error);
    // Of an edit the same text says that more than the new size has traded.
    this.#say(
      at,
      LINES.refused(what, id, command.type === 'edit' && word === 'size-off-grid' ? 'invalid-order' : word),
    );
  }

  #onBalance({ asset, balance, category, fee, timestamp }: BalanceEntry): void {
    this.balances[asset] = String(balance);
    if (category === 'marginrollover') this.#say(isoToMicros(timestamp), LINES.rollover(fee));
  }

  #say(at: Micros, line: string): number {
    return this.lines.push(timed(at, line)) - 1;
  }
}

interface BalanceEntry {
  readonly asset: string;
  readonly balance: number;
  readonly category?: string;
  readonly fee: number;
  readonly timestamp: string;
}

const REFUSALS_AFTER_ALL: ReadonlySet<string> = new Set(['post-only-would-take', 'no-liquidity']);

/** The exchange's texts in the words of the cases. */
function wordOf(text = ''): string {
  const invalid = /^EGeneral:Invalid arguments:(.+)$/.exec(text)?.[1];
  if (invalid === 'duplicate cl_ord_id') return 'duplicate-client-order-id';
  if (invalid !== undefined) return invalid === 'volume' ? 'size-off-grid' : 'invalid-order';
  if (text.startsWith('EService:Market in')) return 'instrument-status';
  const word = WORDS[text];
  if (word === undefined) throw new Error(`No word for ${text}`);
  return word;
}

const WORDS: Readonly<Record<string, string>> = {
  'User requested': 'requested',
  'Post only order': 'post-only-would-take',
  'EOrder:Post only order': 'post-only-would-take',
  'EOrder:Reduce only:Position is closed': 'reduce-only',
  'Immediate or cancel': 'ioc-remainder',
  'Fill or kill': 'fok-unfilled',
  'Insufficient liquidity': 'no-liquidity',
  'Self trade prevention': 'self-trade',
  'Order replaced': 'replaced',
  'CancelAllOrdersAfter Timeout': 'cancel-all-after',
  'Precision changed': 'precision-changed',
  'Market delisted': 'delisted',
  Liquidation: 'liquidation',
  'EService:Unavailable': 'instrument-status',
  'EQuery:Unknown asset pair': 'instrument-status',
  'EOrder:Unknown order': 'unknown-order',
  'EOrder:Invalid order': 'invalid-order',
  'EOrder:Invalid arguments:no amendable parameters': 'no-change',
  'EOrder:Order minimum not met': 'below-min-qty',
  'EOrder:Cost minimum not met': 'below-min-cost',
  'EOrder:Tick size check failed': 'price-off-grid',
  'EOrder:Invalid price': 'no-reference-price',
  'EOrder:Orders limit exceeded': 'orders-limit',
  'EOrder:Rate limit exceeded': 'rate-limit',
  'EOrder:Insufficient funds': 'insufficient-funds',
  'EOrder:Insufficient initial margin': 'insufficient-margin',
  'EOrder:Margin level too low': 'insufficient-margin',
  'EOrder:Cannot open position': 'insufficient-margin',
  'EOrder:Unknown position': 'no-position',
  'EOrder:Reduce only:No position exists': 'no-position',
  'EOrder:Reduce only:Non-PC': 'no-position',
};
