import { createHash, createHmac } from 'node:crypto';
import type { SimExchange } from '@kb/exchange-sim';
import { inProcessDial } from '@kb/kraken';
import type { ClientSocket } from '@kb/kraken';
import { microsToIso } from '@kb/model';
import type { CaseSetting } from './contract-case.ts';
import type { AmendText, Command, OrderText, Step, TriggerText } from './script.ts';
import { typeOf } from './script.ts';
import { Street, SYMBOL, timeOf, US } from './setting.ts';
import { SimReports } from './sim-reports.ts';

/** What one side made of a case. */
export interface Outcome {
  readonly reports: readonly string[];
  /** Balances at the end, decimal text by asset. */
  readonly balances: Readonly<Record<string, string>>;
}

/** Plays a case on the simulated exchange: our orders are really there, by WebSocket, and really match. */
export function playOnSim(setting: CaseSetting, steps: readonly Step[], until: number): Outcome {
  const street = new Street(setting);
  const client = new SimClient(street);
  for (const step of steps) {
    street.pass(step.at);
    if (step.who === 'market') street.do(step.action);
    else if (step.who === 'us-timer') client.send('cancel_all_orders_after', { timeout: step.seconds });
    else if (step.who === 'us') client.carryOut(step.commands, step.isBatch);
    street.pass(step.at);
  }
  street.pass(until);
  return { reports: client.reports.lines, balances: client.reports.balances };
}

/** A client of WebSocket v2 that speaks for our account. */
class SimClient {
  readonly reports: SimReports = new SimReports();
  readonly #socket: ClientSocket;
  readonly #token: string;

  constructor({ exchange, scheduler }: Street) {
    this.#token = tokenOf(exchange);
    let waiting = true;
    this.#socket = inProcessDial(exchange.accept, scheduler)('ws://in-process/v2', {
      onOpen: () => (waiting = false),
      onMessage: (frame) => this.reports.hear(Buffer.from(frame).toString('utf8')),
      onClose: (code) => {
        throw new Error(`The exchange hung up: ${code}`);
      },
    });
    scheduler.step();
    if (waiting) throw new Error('The exchange did not answer');
    for (const channel of ['executions', 'balances']) this.send('subscribe', { channel, snapshot: true });
  }

  carryOut(commands: readonly Command[], isBatch: boolean): void {
    const [first] = commands;
    if (isBatch && first?.type === 'place') {
      const orders = commands.flatMap((command) =>
        command.type === 'place' ? this.#orderOf(command.id, command.order) : [],
      );
      this.send('batch_add', { symbol: SYMBOL, orders }, commands);
    } else if (isBatch) {
      this.send('batch_cancel', { orders: commands.map(({ id }) => this.reports.orderIdOf(id)) }, commands);
    } else if (first !== undefined) this.#carryOutOne(first);
  }

  send(method: string, params: object, commands: readonly Command[] = []): void {
    const reqId = this.reports.expect(commands);
    this.#socket.send(JSON.stringify({ method, params: { ...params, token: this.#token }, req_id: reqId }));
  }

  #carryOutOne(command: Command): void {
    const { id } = command;
    switch (command.type) {
      case 'place':
        return this.send('add_order', { symbol: SYMBOL, ...this.#orderOf(id, command.order) }, [command]);
      case 'amend':
        return this.send('amend_order', { order_id: this.reports.orderIdOf(id), ...amendOf(command.change) }, [
          command,
        ]);
      case 'edit': {
        const { price, size } = command.change;
        const changes = {
          order_qty: numberOf(size),
          limit_price: numberOf(price),
          order_userref: this.#tagOf(command.newId),
        };
        return this.send('edit_order', { symbol: SYMBOL, order_id: this.reports.orderIdOf(id), ...changes }, [command]);
      }
      case 'cancel':
        return this.send('cancel_order', { order_id: [this.reports.orderIdOf(id)] }, [command]);
    }
  }

  /** With our id, or with a number where Kraken takes no id: beside a closing order, and where the order will be edited. */
  #orderOf(id: string, order: OrderText): object {
    const { close, display, expiresAt, limitOffset, margin, postOnly, price, reduceOnly, selfTrade, side } = order;
    const { tagged = close !== undefined } = order;
    return {
      ...(tagged ? { order_userref: this.#tagOf(id) } : { cl_ord_id: id }),
      side,
      order_type: typeOf(order),
      order_qty: numberOf(order.size),
      ...(limitOffset === undefined ? { limit_price: numberOf(price) } : limitOffsetOf(limitOffset)),
      time_in_force: order.timeInForce,
      expire_time: expiresAt === undefined ? undefined : microsToIso(timeOf(expiresAt)),
      post_only: postOnly,
      reduce_only: reduceOnly,
      margin,
      display_qty: numberOf(display),
      stp_type: selfTrade?.replace('-', '_'),
      fee_preference: 'quote',
      ...(order.trigger === undefined ? {} : { triggers: { reference: 'last', ...triggerOf(order.trigger) } }),
      ...(close === undefined ? {} : { conditional: closeOf(close) }),
    };
  }

  #tagOf(id: string): number {
    return this.reports.tagOf(id);
  }
}

function amendOf({ price, size, display, trigger }: AmendText): object {
  const at = trigger === undefined ? {} : triggerOf(trigger);
  return {
    limit_price: numberOf(price),
    order_qty: numberOf(size),
    display_qty: numberOf(display),
    ...(trigger === undefined ? {} : { trigger_price: at.price, trigger_price_type: at.price_type }),
  };
}

function triggerOf(trigger: TriggerText): { price?: number | undefined; price_type?: string } {
  if (typeof trigger === 'string') return { price: numberOf(trigger), price_type: 'static' };
  return trigger.percent === undefined
    ? { price: numberOf(trigger.offset), price_type: 'quote' }
    : { price: numberOf(trigger.percent), price_type: 'pct' };
}

function limitOffsetOf(offset: TriggerText): object {
  const { price, price_type } = triggerOf(offset);
  return { limit_price: price, limit_price_type: price_type };
}

function closeOf({ type, price, trigger }: NonNullable<OrderText['close']>): object {
  const at = trigger === undefined ? {} : triggerOf(trigger);
  return {
    order_type: type,
    limit_price: numberOf(price),
    ...(trigger === undefined ? {} : { trigger_price: at.price, trigger_price_type: at.price_type }),
  };
}

/** Wire numbers; a case's have few digits. */
function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function tokenOf(exchange: SimExchange): string {
  const { apiKey, secret } = exchange.credentials(US);
  const path = '/0/private/GetWebSocketsToken';
  const body = 'nonce=1';
  const digest = createHash('sha256').update(`1${body}`).digest();
  const sign = createHmac('sha512', Buffer.from(secret, 'base64')).update(path).update(digest).digest('base64');
  const headers = { 'api-key': apiKey, 'api-sign': sign, 'content-type': 'application/x-www-form-urlencoded' };
  const answer = exchange.rest({ method: 'POST', path, query: '', headers, body: Buffer.from(body), remote: '' });
  const { result } = JSON.parse(String(answer.body)) as { result?: { token: string } };
  if (result === undefined) throw new Error(`No token: ${String(answer.body)}`);
  return result.token;
}
