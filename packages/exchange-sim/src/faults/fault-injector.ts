import { INSTRUMENT_STATUSES, KbError, micros, SECOND } from '@kb/model';
import type { CancelTask, InstrumentStatus, Micros, Scheduler, SystemStatus } from '@kb/model';
import type { Accept } from '@kb/kraken';
import { BoundedLog } from '../accounts/bounded-log.ts';
import { SimError } from '../errors.ts';
import type { HandshakeFaults, HandshakeRefusal } from '../listen.ts';
import type { AnswerHttpLater } from '../listen/http-answers.ts';
import { LateAnswers } from '../listen/late-answers.ts';
import type { SimSocket } from '../listen/sim-socket.ts';
import { Fault } from './fault.ts';
import type { FaultHost } from './fault.ts';
import type { FaultKind } from './fault-kinds.ts';
import { faultText, SYSTEM_STATUSES } from './fault-spec.ts';
import type { FaultSpec } from './fault-spec.ts';
import type { FaultTarget } from './fault-target.ts';
import { precisionsOf } from './fault-values.ts';
import { CONNECTION_KINDS, FaultyConnection, HOLDING_KINDS } from './faulty-connection.ts';
import type { ConnectionHost, OpenFaults } from './faulty-connection.ts';
import { FRAME_FAULTS } from './frame-faults.ts';
import { REQUEST_FAULTS } from './heard-request.ts';
import { faultyRest, REST_KINDS } from './rest-faults.ts';
import type { RestHost } from './rest-faults.ts';

export interface FaultInjectorOptions {
  readonly scheduler: Scheduler;
  /** What is left to chance is drawn from it: the same seed, faults and clients give the same frames. */
  readonly seed: number;
  /** The exchange behind the sockets; without one, faults that change it are refused. */
  readonly target?: FaultTarget;
}

/** A fault that was injected and is not over. */
export interface ActiveFault {
  /** The how-manieth it is. */
  readonly number: number;
  readonly spec: FaultSpec;
  /** As `parseFaults` reads it. */
  readonly text: string;
  /** It holds now, or lies in wait. */
  readonly isOpen: boolean;
  /** How many things it struck. */
  readonly strikes: number;
}

export interface FaultLogEntry {
  readonly at: Micros;
  /** Number of the fault. */
  readonly fault: number;
  readonly kind: FaultKind;
  /** Number of the connection that was struck; 0 when it was none. */
  readonly connection: number;
  /** For people. */
  readonly what: string;
}

/** Faults that are not over, at most. */
const MOST_FAULTS = 200;
const MOST_LOGGED = 10_000;
/** How often the market's own orders are pulled again while a book is to be thin. */
const PULL_EVERY = micros(SECOND / 4);

/**
 * Disturbs an exchange and its connections on command or by schedule. `wrap` and `wrapRest` put it between them, so that neither side knows
 * of it; `listen` asks it about handshakes.
 */
export class FaultInjector implements HandshakeFaults {
  readonly #scheduler: Scheduler;
  readonly #seed: number;
  readonly #target: FaultTarget | undefined;
  readonly #faults = new Set<Fault>();
  readonly #connections = new Set<FaultyConnection>();
  readonly #log = new BoundedLog<FaultLogEntry>(MOST_LOGGED);
  readonly #host: ConnectionHost & RestHost & FaultHost & { open: OpenFaults };
  /** Pairs that a fault delisted: for good, whatever status another fault wants for them afterwards. */
  readonly #delisted = new Set<string>();
  /** When orders are pulled again, by fault. */
  readonly #pulls = new Map<Fault, CancelTask>();
  #injected = 0;
  #accepted = 0;
  #handshakes = 0;

  constructor(options: FaultInjectorOptions) {
    this.#scheduler = options.scheduler;
    this.#seed = options.seed;
    this.#target = options.target;
    this.#host = {
      scheduler: this.#scheduler,
      target: this.#target,
      late: new LateAnswers(this.#scheduler),
      open: NONE_OPEN,
      note: (fault, connection, what) => this.#note(fault, connection, what),
      left: (connection) => this.#connections.delete(connection),
      onOpened: (fault) => this.#opened(fault),
      onClosed: (fault) => this.#closed(fault),
      onOver: (fault) => this.#faults.delete(fault),
    };
  }

  /** Faults that are not over, in the order in which they were injected. */
  get active(): readonly ActiveFault[] {
    return [...this.#faults].map(({ number, spec, isOpen, strikes }) => ({
      number,
      spec,
      text: faultText(spec),
      isOpen,
      strikes,
    }));
  }

  /** What was done, oldest first: the latest 10,000 entries or a tenth fewer. */
  get log(): readonly FaultLogEntry[] {
    return this.#log.entries;
  }

  /**
   * Lets a fault happen, from now on.
   * @throws SimError `KB_SIM_BAD_OPTION` with all mistakes of the spec, for one that needs an exchange where there is none, and beyond 200
   * faults; `KB_SIM_UNKNOWN_SYMBOL`.
   */
  inject(spec: FaultSpec): void {
    const fault = new Fault(spec, this.#injected + 1, this.#seed, this.#scheduler, this.#host);
    if (fault.rule.exchange === true && this.#target === undefined) {
      throw new SimError(
        'KB_SIM_BAD_OPTION',
        `${spec.kind} changes the exchange, and there is none behind this server`,
      );
    }
    if (spec.symbol !== undefined && this.#target?.symbols.includes(spec.symbol) === false) {
      throw new SimError('KB_SIM_UNKNOWN_SYMBOL', `There is no market ${spec.symbol}`);
    }
    if (this.#faults.size >= MOST_FAULTS) {
      throw new SimError('KB_SIM_BAD_OPTION', `There are ${MOST_FAULTS} faults already`, { hint: 'Clear some first.' });
    }
    this.#injected += 1;
    this.#faults.add(fault);
    fault.start();
  }

  /**
   * Ends all faults, or those of a kind. What they held back leaves, also of those that are over already; states go back; what is done
   * stays done.
   */
  clear(kind?: FaultKind): void {
    for (const fault of this.#faults) if (kind === undefined || fault.kind === kind) fault.clear();
    for (const connection of this.#connections) connection.letGo(kind);
    if (kind === undefined || kind === 'timeout') this.#host.late.release();
  }

  /** Puts faults between connections and what accepts them. */
  wrap(accept: Accept): Accept {
    return (socket: SimSocket) => {
      // Over a real socket the server asks about handshakes itself, while they can still be refused.
      if (socket.wire === undefined && (this.cutsConnection() || this.refusesHandshake() !== undefined)) {
        socket.terminate();
        return { onMessage: () => undefined, onClose: () => undefined };
      }
      this.#accepted += 1;
      const connection = new FaultyConnection(this.#accepted, socket, this.#host);
      this.#connections.add(connection);
      connection.begin(accept(connection));
      return connection;
    };
  }

  /** Puts faults between REST and its clients. */
  wrapRest(answer: AnswerHttpLater): AnswerHttpLater {
    return faultyRest(answer, this.#host);
  }

  cutsConnection(): boolean {
    return this.#struckHandshake((word) => word === 'tls') !== undefined;
  }

  refusesHandshake(): HandshakeRefusal | undefined {
    const fault = this.#struckHandshake((word) => word !== 'tls');
    if (fault === undefined) return undefined;
    const { word, amount } = fault.value;
    const wait = amount === 0 ? {} : { retryAfter: Math.ceil(amount / SECOND) };
    return { status: Number(word.slice(0, 3)), ...wait };
  }

  #struckHandshake(isMeant: (word: string) => boolean): Fault | undefined {
    const { handshakes } = this.#host.open;
    if (handshakes.length === 0) return undefined;
    this.#handshakes += 1;
    for (const fault of handshakes) {
      if (!isMeant(fault.value.word) || !fault.take(0, this.#handshakes)) continue;
      this.#note(fault, 0, 'struck a handshake');
      return fault;
    }
    return undefined;
  }

  #opened(fault: Fault): void {
    this.#look();
    if (fault.rule.mode !== 'strike') this.#note(fault, 0, 'began');
    if (fault.rule.exchange === true) this.#disturbExchange(fault);
    if (CONNECTIONS.has(fault.kind)) for (const connection of this.#connections) connection.befall(fault);
  }

  #closed(fault: Fault): void {
    this.#look();
    if (fault.rule.mode === 'state') this.#note(fault, 0, 'ended');
    if (fault.rule.exchange === true) this.#restoreExchange(fault);
    if (CONNECTIONS.has(fault.kind)) for (const connection of this.#connections) connection.recover(fault);
  }

  /** Finds out anew who has to look at what. */
  #look(): void {
    const open = [...this.#faults].filter(({ isOpen }) => isOpen);
    const of = (kinds: ReadonlySet<string>): readonly Fault[] => open.filter(({ kind }) => kinds.has(kind));
    this.#host.open = {
      connections: of(CONNECTIONS),
      frames: of(FRAMES),
      requests: of(REQUESTS),
      rest: of(REST),
      handshakes: of(HANDSHAKES),
    };
  }

  #disturbExchange(fault: Fault): void {
    const target = this.#target;
    const { kind, spec } = fault;
    const { symbol = '' } = spec;
    if (target === undefined) return;
    this.#attempt(fault, () => {
      if (kind === 'status') this.#applyStatus(target, fault);
      if (kind === 'quiet') this.#applyFreeze(target);
      if (kind === 'thin' || kind === 'onesided') this.#pull(target, fault);
      if (kind === 'revoke') target.revokeTokens();
      if (kind === 'delist') {
        target.delist(symbol);
        this.#delisted.add(symbol);
      }
      const precisions = kind === 'precision' ? precisionsOf(fault.value.word) : undefined;
      if (precisions !== undefined) target.changePrecision(symbol, precisions.price, precisions.qty);
    });
  }

  #restoreExchange(fault: Fault): void {
    const target = this.#target;
    this.#pulls.get(fault)?.();
    this.#pulls.delete(fault);
    if (target === undefined) return;
    if (fault.kind === 'status') this.#attempt(fault, () => this.#applyStatus(target, fault));
    if (fault.kind === 'quiet') this.#attempt(fault, () => this.#applyFreeze(target));
  }

  /** The status that the latest open fault asks for, otherwise `online`. */
  #applyStatus(target: FaultTarget, { spec }: Fault): void {
    const { symbol } = spec;
    if (symbol !== undefined && this.#delisted.has(symbol)) return;
    const word = this.#openOf('status').findLast((each) => each.spec.symbol === symbol)?.value.word ?? 'online';
    const system = SYSTEM_STATUSES.find((status): status is SystemStatus => status === word);
    const pair = INSTRUMENT_STATUSES.find((status): status is InstrumentStatus => status === word);
    if (symbol !== undefined && pair !== undefined) target.setPairStatus(symbol, pair);
    if (symbol === undefined && system !== undefined) target.setSystemStatus(system);
  }

  #applyFreeze(target: FaultTarget): void {
    const frozen = this.#openOf('quiet').map(({ spec }) => spec.symbol);
    for (const symbol of target.symbols) {
      target.freeze(symbol, frozen.includes(undefined) || frozen.includes(symbol));
    }
  }

  #pull(target: FaultTarget, fault: Fault): void {
    for (const symbol of fault.spec.symbol === undefined ? target.symbols : [fault.spec.symbol]) {
      if (fault.kind === 'onesided') target.pullOrders(symbol, fault.value.word === 'bid' ? 'sell' : 'buy', 0);
      else {
        target.pullOrders(symbol, 'buy', 1);
        target.pullOrders(symbol, 'sell', 1);
      }
    }
    if (!fault.isOpen) return; // whoever saw the orders go may have cleared it
    const cancel = this.#scheduler.after(PULL_EVERY, () => this.#attempt(fault, () => this.#pull(target, fault)));
    this.#pulls.set(fault, cancel);
  }

  #openOf(kind: FaultKind): readonly Fault[] {
    return [...this.#faults].filter((fault) => fault.kind === kind && fault.isOpen);
  }

  /** The exchange may refuse what it is asked (decimals that make no instrument): a fault must not end the server. */
  #attempt(fault: Fault, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof KbError)) throw error;
      this.#note(fault, 0, `could not: ${error.message}`);
    }
  }

  #note(fault: Fault, connection: number, what: string): void {
    this.#log.push({ at: this.#scheduler.now(), fault: fault.number, kind: fault.kind, connection, what });
  }
}

const NONE_OPEN: OpenFaults = { connections: [], frames: [], requests: [], rest: [], handshakes: [] };

const CONNECTIONS: ReadonlySet<FaultKind> = new Set(CONNECTION_KINDS);
const FRAMES: ReadonlySet<string> = new Set([...Object.keys(FRAME_FAULTS), ...HOLDING_KINDS]);
const REQUESTS: ReadonlySet<string> = new Set(Object.keys(REQUEST_FAULTS));
const REST: ReadonlySet<string> = new Set(REST_KINDS);
const HANDSHAKES: ReadonlySet<string> = new Set(['handshake']);
