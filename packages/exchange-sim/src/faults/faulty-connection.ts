import { micros, SECOND } from '@kb/model';
import type { CancelTask, Micros, Scheduler } from '@kb/model';
import type { ServerHandlers, ServerSocket } from '@kb/kraken';
import type { RawWire, SimSocket } from '../listen/sim-socket.ts';
import { DrippingWire } from './dripping-wire.ts';
import type { Fault } from './fault.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { FaultTarget } from './fault-target.ts';
import { frameFault } from './frame-faults.ts';
import type { Passage, Wait } from './frame-faults.ts';
import { hearRequest, partAbout, refusals, requestFault, withSymbols } from './heard-request.ts';
import type { HeardRequest } from './heard-request.ts';
import { HeldFrames } from './held-frames.ts';
import { seeFrame, v2Symbol } from './seen-frame.ts';
import type { SeenFrame } from './seen-frame.ts';

/** The faults that hold now, by what they have to look at. */
export interface OpenFaults {
  readonly connections: readonly Fault[];
  readonly frames: readonly Fault[];
  readonly requests: readonly Fault[];
  readonly rest: readonly Fault[];
  readonly handshakes: readonly Fault[];
}

/** What a connection asks of the injector that it belongs to. */
export interface ConnectionHost {
  readonly scheduler: Scheduler;
  readonly target: FaultTarget | undefined;
  /** Replaced whenever a fault opens or closes. */
  readonly open: OpenFaults;
  /** Writes down that a fault struck. */
  note(fault: Fault, connection: number, what: string): void;
  left(connection: FaultyConnection): void;
}

/** Frames that wait while others pass them. One more passes at once. */
const MOST_PARKED = 1_000;
/** What may wait for one client, be it held back or unread; then its connection is cut. */
const MOST_HELD_FRAMES = 100_000;
const MOST_WAITING_BYTES = 256 * 2 ** 20;
/** Subscriptions without data; one more gets its data. */
const MOST_MUTED = 1_000;
/** Kinds that strike connections; the last two also look at frames. */
export const CONNECTION_KINDS: readonly FaultKind[] = ['reset', 'halfopen', 'close', 'flap', 'drip', 'stall'];
/** Kinds that hold all frames back. */
export const HOLDING_KINDS: readonly FaultKind[] = ['drip', 'stall', 'delay'];

/** A goodbye behind held frames is not waited for any longer. */
const LONGEST_GOODBYE = micros(30 * SECOND);
/** Half a frame gets so long to arrive before the reset overtakes it. */
const TEAR_TIME = micros(20_000);
/** A connection that was to be torn in its next frame, and has none, is cut after so long. */
const LONGEST_CALM = micros(SECOND);

/**
 * One connection with faults in between: the socket of the exchange's session, and what hears the client. Without open faults a frame
 * costs two comparisons.
 */
export class FaultyConnection implements ServerSocket, ServerHandlers {
  readonly number: number;
  readonly #socket: SimSocket;
  readonly #wire: RawWire | undefined;
  readonly #host: ConnectionHost;
  #session: ServerHandlers | undefined = undefined;
  readonly #held: HeldFrames;
  readonly #parked = new Set<Parked>();
  /** `channel symbol` of subscriptions that get no data. */
  readonly #muted = new Set<string>();
  readonly #timers = new Set<CancelTask>();
  #dripping: DrippingWire | undefined = undefined;
  /** Its next frame is the last one, and only half. */
  #isTorn = false;
  /** Half-open. */
  #isSilent = false;
  /** Closed or cut by the exchange or by a fault. */
  #isOver = false;
  /** Something above holds, so each frame must be looked at. */
  #isDisturbed = false;
  /** Bytes of frames that a fault added and that may not have left yet. */
  #foreignBytes = 0;
  /** Frames and requests that were looked at. */
  #things = 0;

  constructor(number: number, socket: SimSocket, host: ConnectionHost) {
    this.number = number;
    this.#socket = socket;
    this.#wire = socket.wire;
    this.#host = host;
    this.#held = new HeldFrames(host.scheduler);
    for (const fault of host.open.connections) this.befall(fault);
  }

  /** Joins it to its session. */
  begin(session: ServerHandlers): void {
    this.#session = session;
  }

  /** What waits for the client. Frames of a fault's own do not count: a session must not take their size for the client's slowness. */
  get bufferedBytes(): number {
    const waiting = this.#waitingBytes;
    if (waiting === 0) this.#foreignBytes = 0;
    return Math.max(0, waiting - this.#foreignBytes);
  }

  get #waitingBytes(): number {
    return this.#socket.bufferedBytes + this.#held.bytes + (this.#dripping?.bytes ?? 0);
  }

  send(frame: string | Uint8Array): void {
    if (!this.#isDisturbed && this.#host.open.frames.length === 0) this.#socket.send(frame);
    else this.#pass(frame);
  }

  close(code?: number, reason?: string): void {
    if (this.#isSilent || this.#isOver) return;
    this.#isOver = true;
    this.#isDisturbed = true;
    if (this.#held.isEmpty) {
      this.#socket.close(code, reason);
      return;
    }
    this.#held.push(0, 0, () => this.#socket.close(code, reason));
    this.#after(LONGEST_GOODBYE, () => this.#socket.terminate());
  }

  terminate(): void {
    this.#forget();
    this.#socket.terminate();
  }

  onMessage(frame: Uint8Array): void {
    if (this.#isSilent || this.#isOver) return;
    if (this.#host.open.requests.length === 0 && this.#muted.size === 0) this.#session?.onMessage(frame);
    else this.#hear(frame);
  }

  onClose(): void {
    this.#forget();
    this.#host.left(this);
    this.#session?.onClose();
  }

  /** A fault of connections opened, or this connection came while it is open. */
  befall(fault: Fault): void {
    if (this.#isSilent || this.#isOver) return;
    const { kind, value } = fault;
    if (kind === 'flap') {
      this.#after(micros(value.amount), () => {
        if (!fault.isOpen) return;
        this.#host.note(fault, this.number, 'dropped the connection');
        this.#cut();
      });
      return;
    }
    if (kind === 'stall') return; // seen with the next frame
    this.#host.note(fault, this.number, 'struck the connection');
    if (kind === 'reset') {
      this.#isTorn = true;
      this.#isDisturbed = true;
      this.#after(LONGEST_CALM, () => this.#cut());
    }
    if (kind === 'halfopen') this.#fallSilent(micros(value.amount));
    if (kind === 'close') this.close(value.amount, GOODBYES[value.amount] ?? '');
    if (kind === 'drip' && this.#wire !== undefined) {
      this.#dripping ??= new DrippingWire(this.#wire, this.#host.scheduler, value.amount);
    }
  }

  /** A fault of connections closed: what it held back leaves. */
  recover(fault: Fault): void {
    if (fault.kind !== 'stall' && fault.kind !== 'drip') return;
    this.#dripping?.flush();
    this.#dripping = undefined;
    if (!this.#host.open.frames.some(({ kind }) => kind === 'stall')) this.#held.release();
  }

  /** Faults, or those of a kind, were cleared: what they held back leaves, in order, but for what others still hold. */
  letGo(kind: FaultKind | undefined): void {
    for (const parked of this.#parked) if (kind === undefined || parked.kind === kind) this.#unpark(parked);
    if (kind !== undefined && kind !== 'delay') return; // the others let go when they close
    if (!this.#host.open.frames.some((fault) => HOLDING_KINDS.includes(fault.kind))) this.#held.release();
  }

  #pass(frame: string | Uint8Array): void {
    if (this.#isSilent || this.#isOver) return;
    if (this.#isTorn) {
      this.#tear(frame);
      return;
    }
    const seen = seeFrame(frame);
    if (this.#isMuted(seen)) return;
    const passage = this.#strike(seen);
    if (passage.isLost) return;
    for (const text of passage.before) {
      this.#foreignBytes += text.length;
      this.#leave(Buffer.from(text, 'latin1'));
    }
    const whole = passage.text === seen.text ? frame : Buffer.from(passage.text, 'latin1');
    if (passage.wait !== undefined && this.#parked.size < MOST_PARKED) this.#park(whole, seen, passage.wait);
    else {
      for (let copy = 0; copy < passage.copies; copy += 1) this.#leave(whole);
      if (this.#parked.size > 0) this.#releaseBehind(seen);
    }
    for (const text of passage.after) this.#leave(Buffer.from(text, 'latin1'));
  }

  #strike(seen: SeenFrame): Passage {
    const passage: Passage = {
      seen,
      text: seen.text,
      isLost: false,
      copies: 1,
      wait: undefined,
      before: [],
      after: [],
    };
    const thing = (this.#things += 1);
    for (const fault of this.#host.open.frames) {
      const strike = frameFault(fault, passage, this.#host.target);
      if (strike === undefined) continue;
      if (fault.rule.mode === 'strike') {
        if (!fault.take(this.number, thing)) continue;
        this.#host.note(fault, this.number, `struck ${seen.role} ${seen.channel} ${seen.symbol}`.trimEnd());
      }
      strike();
      if (passage.isLost) break;
    }
    return passage;
  }

  /** Sends a frame, behind those that are held back. */
  #leave(frame: string | Uint8Array): void {
    if (this.#isOver) return; // cut by the frame before
    // A session does not see what faults add, so it cannot give up a client that does not read it.
    if (this.#waitingBytes > MOST_WAITING_BYTES || this.#held.length > MOST_HELD_FRAMES) {
      this.#cut();
      return;
    }
    const due = this.#due(frame.length);
    if (due === undefined && this.#held.isEmpty) {
      this.#socket.send(frame);
      return;
    }
    const kept = typeof frame === 'string' ? frame : Buffer.from(frame); // its sender may use the bytes again
    this.#isDisturbed = true; // no frame may pass those that are held
    this.#held.push(frame.length, due ?? 0, () => {
      this.#socket.send(kept);
      if (this.#held.isEmpty) this.#calmDown();
    });
  }

  /** When a frame of that length may leave; `undefined`: now. */
  #due(length: number): number | undefined {
    let due: number | undefined;
    for (const { kind, value } of this.#host.open.frames) {
      if (kind === 'stall') due = Infinity;
      else if (kind === 'delay') due = Math.max(due ?? 0, this.#host.scheduler.now() + value.amount);
      else if (kind === 'drip' && this.#wire === undefined) {
        due = Math.max(due ?? 0, this.#held.lastDue + (length * SECOND) / value.amount);
      }
    }
    return due;
  }

  #park(frame: string | Uint8Array, seen: SeenFrame, wait: Wait): void {
    const kept = typeof frame === 'string' ? frame : Buffer.from(frame);
    const parked: Parked = { frame: kept, seen, kind: wait.kind, until: wait.until, cancel: () => undefined };
    parked.cancel = this.#after(wait.atMost, () => this.#unpark(parked));
    this.#parked.add(parked);
    this.#isDisturbed = true;
  }

  /** Lets go of what waited for this frame. */
  #releaseBehind(seen: SeenFrame): void {
    const isFill = seen.channel === 'executions' && seen.text.includes('"exec_type":"trade"');
    for (const parked of this.#parked) {
      const isNext =
        parked.until === 'next' && seen.channel === parked.seen.channel && seen.symbol === parked.seen.symbol;
      if (isNext || (isFill && parked.until === 'fill')) this.#unpark(parked);
    }
  }

  #unpark(parked: Parked): void {
    parked.cancel();
    this.#parked.delete(parked);
    this.#calmDown();
    if (!this.#isSilent && !this.#isOver) this.#leave(parked.frame);
  }

  #hear(frame: Uint8Array): void {
    const request = hearRequest(frame);
    const left = request === undefined ? frame : this.#strikeRequest(request, frame);
    if (left !== undefined) this.#session?.onMessage(left);
  }

  /** @returns What reaches the exchange: the frame, less the pairs that faults of one pair took away; `undefined` for nothing. */
  #strikeRequest(whole: HeardRequest, frame: Uint8Array): Uint8Array | undefined {
    const { method } = whole;
    let request = whole;
    if (method === 'subscribe' || method === 'unsubscribe') for (const key of keysOf(request)) this.#muted.delete(key);
    this.#calmDown();
    for (const fault of this.#host.open.requests) {
      const struck = partAbout(request, fault.spec.symbol);
      const outcome = struck === undefined ? undefined : requestFault(fault, struck);
      if (struck === undefined || outcome === undefined || !fault.take(this.number, (this.#things += 1))) continue;
      this.#host.note(fault, this.number, `struck ${method} ${struck.channel} ${struck.symbols.join(' ')}`.trimEnd());
      if (outcome.type === 'muted') {
        for (const key of keysOf(struck)) if (this.#muted.size < MOST_MUTED) this.#muted.add(key);
        this.#isDisturbed = true;
        continue;
      }
      if (outcome.type === 'answered') {
        for (const text of refusals(struck, outcome.error, this.#host.scheduler.now())) this.send(text);
      }
      const spared = request.symbols.filter((symbol) => !struck.symbols.includes(symbol));
      if (spared.length === 0) return undefined;
      request = { ...request, symbols: spared };
    }
    return request === whole ? frame : withSymbols(frame, request.symbols);
  }

  #isMuted({ role, channel, symbol }: SeenFrame): boolean {
    if (this.#muted.size === 0 || role !== 'data') return false;
    return this.#muted.has(`${channel} ${symbol}`) || this.#muted.has(`${channel} `);
  }

  /** Sends half of a frame and resets the connection. */
  #tear(frame: string | Uint8Array): void {
    const wire = this.#wire;
    if (wire === undefined || this.#dripping !== undefined) {
      this.#cut();
      return;
    }
    const parts: Uint8Array[] = [];
    wire.divert((bytes) => parts.push(Buffer.from(bytes)));
    this.#socket.send(frame);
    const bytes = Buffer.concat(parts);
    wire.divert(() => undefined); // not even a pong may follow
    wire.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
    this.#forget();
    this.#after(TEAR_TIME, () => wire.reset());
  }

  /** Sends and hears nothing more, until the server gives it up. */
  #fallSilent(giveUp: Micros): void {
    this.#forget();
    this.#isSilent = true;
    this.#wire?.divert(() => undefined);
    this.#wire?.pause();
    this.#after(giveUp, () => this.#cut());
  }

  #cut(): void {
    this.#forget();
    if (this.#wire === undefined) this.#socket.terminate();
    else this.#wire.reset();
  }

  /** Lets go of everything that was to happen. */
  #forget(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#parked.clear();
    this.#held.clear();
    this.#dripping?.stop();
    this.#isOver = true;
    this.#isDisturbed = true;
  }

  #calmDown(): void {
    this.#isDisturbed =
      this.#isTorn ||
      this.#isSilent ||
      this.#isOver ||
      this.#parked.size > 0 ||
      this.#muted.size > 0 ||
      !this.#held.isEmpty;
  }

  #after(delay: Micros, task: () => void): CancelTask {
    const cancel = this.#host.scheduler.after(delay, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
    return () => {
      this.#timers.delete(cancel);
      cancel();
    };
  }
}

interface Parked {
  readonly frame: string | Uint8Array;
  readonly seen: SeenFrame;
  readonly kind: FaultKind;
  readonly until: Wait['until'];
  cancel: CancelTask;
}

/** What the venue says with its close codes. */
const GOODBYES: Readonly<Record<number, string>> = {
  1000: 'Bye',
  1001: 'Going away',
  1008: 'Policy violation',
  1011: 'Internal error',
  1012: 'Service restart',
  1013: 'Try again later',
};

function keysOf({ channel, symbols }: HeardRequest): readonly string[] {
  return symbols.length === 0 ? [`${channel} `] : symbols.map((symbol) => `${channel} ${v2Symbol(symbol)}`);
}
