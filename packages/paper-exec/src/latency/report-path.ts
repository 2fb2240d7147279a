import { KeyedRandom, micros } from '@kb/model';
import type { ExecutionReport, FillReport, Micros, QueueModelId } from '@kb/model';
import type { PaperCommand } from '../commands.ts';
import { AckSlack } from './ack-slack.ts';
import { legRandoms, legTimers } from './command-path.ts';
import type { CommandConnection, Dispatch } from './command-path.ts';
import type { CommandKind, CommandLoss, ConnectionLatency, Latency } from './latency.ts';
import type { LegTimer } from './leg-times.ts';
import type { LoadBucket } from './load-meter.ts';
import { ReportQueue } from './report-queue.ts';
import type { ReportDraft, Waiting } from './report-queue.ts';

/** Our clock and the market's load while a report is made. */
export interface ReportMoment {
  /** On our clock, told in the venue's time. */
  readonly now: Micros;
  readonly load: LoadBucket;
}

/**
 * The way back: answers and fills reach us one ack leg after they happened, in the order of their connection; or late, or not
 * until somebody asks.
 *
 * Answers to commands that went by REST come by REST. All else comes by the WebSocket, where fills of an order that went by
 * REST may be here before its answer.
 */
export class ReportPath {
  readonly slack: AckSlack = new AckSlack();
  readonly #queue = new ReportQueue(STREAMS);
  readonly #legs: Readonly<Record<CommandConnection, AckLegs>>;
  readonly #loss: CommandLoss | undefined;
  readonly #fillBeforeAnswer: number;
  readonly #fillRandom: KeyedRandom;
  /** Commands are numbered as they are sent, so that of several about one order it is known which was answered. */
  readonly #numbers = new WeakMap<PaperCommand, number>();
  #sent = 0;
  #answering:
    | { readonly clientOrderId: string; readonly dispatch: Dispatch; readonly answers: number | undefined }
    | undefined;
  /** Until when nothing is heard of an order, by client order id. */
  readonly #silent = new Map<string, Micros>();
  /** Acceptances that are on their way by WebSocket, by client order id. */
  readonly #accepted = new Map<string, Waiting>();

  constructor(latency: Latency) {
    const { fillBeforeAnswer = 0, loss, rest, seed = 0 } = latency;
    const ws = new AckLegs(latency, seed, 'ws');
    this.#legs = { ws, rest: rest === undefined ? ws : new AckLegs(rest, seed, 'rest') };
    this.#loss = loss;
    this.#fillBeforeAnswer = fillBeforeAnswer;
    this.#fillRandom = new KeyedRandom(seed, 'latency fill before answer');
  }

  /** A command has left, which the first word on that order will answer. What is known already of its fate goes on its way: a timeout, and what reconciliation will find. */
  sent(clientOrderId: string, command: PaperCommand, { fate, sentAt }: Dispatch): void {
    const { type, symbol } = command;
    this.#sent += 1;
    const number = this.#sent;
    this.#numbers.set(command, number);
    const loss = this.#loss;
    if (loss === undefined || fate === 'answered') return;
    const timeout = micros(sentAt + loss.timeout);
    const reconciled = micros(sentAt + loss.reconciled);
    const base = { symbol, clientOrderId, venueOrderId: undefined };
    const text = `no answer within ${loss.timeout / 1000} ms`;
    this.#queue.push({ type: 'unknown', ...base, venueTs: timeout, text }, timeout, timeout, undefined, LATER, number);
    if (fate === 'unanswered') {
      for (const [order, until] of this.#silent) {
        if (until > sentAt) break;
        this.#silent.delete(order);
      }
      this.#silent.delete(clientOrderId);
      this.#silent.set(clientOrderId, reconciled);
      return;
    }
    const truth = { ...base, venueTs: reconciled, reason: 'not-received', text: 'it never reached the venue' } as const;
    const refused =
      type === 'place' || type === 'edit' ? 'rejected' : type === 'amend' ? 'amend-rejected' : 'cancel-rejected';
    const draft: ReportDraft = { type: refused, ...truth };
    this.#queue.push(draft, reconciled, reconciled, undefined, LATER, number);
  }

  /** The first word on this order, until `answered`, is the answer to the command. */
  answering(clientOrderId: string, command: PaperCommand, dispatch: Dispatch): void {
    this.#answering = { clientOrderId, dispatch, answers: this.#numbers.get(command) };
  }

  answered(): void {
    this.#answering = undefined;
  }

  /** Sends a report on its way. @param shadow The queue model whose shadow fill it is. */
  push(draft: ReportDraft, moment: ReportMoment, shadow: QueueModelId | undefined): void {
    const { venueTs } = draft;
    const due = this.#dueOf(draft, moment.load);
    if (shadow !== undefined) {
      this.#queue.push(draft, venueTs, due.at, shadow, SHADOWS);
      return;
    }
    const silentUntil = this.#silentUntil(draft.clientOrderId);
    if (silentUntil !== undefined && due.at < silentUntil) {
      this.slack.note(moment.now - silentUntil);
      this.#queue.push(draft, silentUntil, silentUntil, undefined, LATER, due.answers);
      return;
    }
    const waiting = this.#queue.push(draft, venueTs, due.at, undefined, due.stream, due.answers);
    this.slack.note(moment.now - waiting.due);
    if (this.#fillBeforeAnswer > 0 && due.stream === WS) this.#maySwap(draft, waiting);
  }

  /** Hands over what is here by a time on our clock. */
  drain(
    until: Micros,
    recvTs: Micros,
    sink: (report: ExecutionReport, answers: number | undefined) => void,
    shadowSink: ((model: QueueModelId, fill: FillReport) => void) | undefined,
  ): void {
    this.#queue.drain(until, recvTs, sink, shadowSink);
  }

  /** When something is here that nobody asked for and that is about no order. */
  dueOf(key: string, venueTs: Micros, load: LoadBucket): Micros {
    return this.#legs.ws.dueOfNews(key, NO_FILL, venueTs, load);
  }

  /** How many commands have been sent. */
  get sentCount(): number {
    return this.#sent;
  }

  get length(): number {
    return this.#queue.length;
  }

  #dueOf(
    draft: ReportDraft,
    load: LoadBucket,
  ): { readonly at: Micros; readonly stream: number; readonly answers: number | undefined } {
    const { clientOrderId, venueTs } = draft;
    const answering = this.#answering;
    if (answering?.clientOrderId === clientOrderId && draft.type !== 'fill') {
      this.#answering = undefined;
      const { attempt, connection, key, kind } = answering.dispatch;
      const at = this.#legs[connection].due(kind, key, attempt, venueTs, load);
      return { at, stream: connection === 'ws' ? WS : REST, answers: answering.answers };
    }
    // What is left tells one fill of an order from another, whatever happens elsewhere.
    const word = draft.type === 'fill' ? draft.remaining : NO_FILL;
    return { at: this.#legs.ws.dueOfNews(clientOrderId, word, venueTs, load), stream: WS, answers: undefined };
  }

  #silentUntil(clientOrderId: string): Micros | undefined {
    return this.#silent.size === 0 ? undefined : this.#silent.get(clientOrderId);
  }

  /** The order's first fill and its acceptance are both on their way: in the share asked for, the fill is told first. */
  #maySwap(draft: ReportDraft, waiting: Waiting): void {
    const { clientOrderId } = draft;
    if (draft.type === 'accepted') {
      if (draft.placedBy !== undefined) return; // it answers nobody
      if (this.#fillRandom.named(clientOrderId) >= this.#fillBeforeAnswer) return;
      for (const [order, { due }] of this.#accepted) {
        if (this.#accepted.size < MAX_ACCEPTED && due > draft.venueTs) break;
        this.#accepted.delete(order);
      }
      this.#accepted.set(clientOrderId, waiting);
    } else if (draft.type === 'fill') {
      const accepted = this.#accepted.get(clientOrderId);
      if (accepted === undefined) return;
      this.#accepted.delete(clientOrderId);
      if (draft.venueTs < accepted.due) this.#queue.moveBehind(accepted, waiting);
    }
  }
}

/** The ack legs of one connection, by kind of the command that is answered. */
class AckLegs {
  readonly #timers: Readonly<Record<CommandKind, LegTimer>>;
  readonly #random: Readonly<Record<CommandKind, KeyedRandom>>;
  readonly #newsRandom: KeyedRandom;

  constructor({ ack }: ConnectionLatency, seed: number, connection: CommandConnection) {
    this.#timers = legTimers(ack, 'ack');
    this.#random = legRandoms(seed, `ack ${connection}`);
    this.#newsRandom = new KeyedRandom(seed, `latency news ${connection}`);
  }

  due(kind: CommandKind, key: string, attempt: number, from: Micros, load: LoadBucket): Micros {
    const timer = this.#timers[kind];
    const share = timer.isConstant ? 0 : this.#random[kind].named(key, attempt);
    return micros(from + timer.take(share, load, from));
  }

  /** What nobody asked for takes as long as the answer to a new order. */
  dueOfNews(clientOrderId: string, word: number, from: Micros, load: LoadBucket): Micros {
    const timer = this.#timers.add;
    const share = timer.isConstant ? 0 : this.#newsRandom.named(clientOrderId, word);
    return micros(from + timer.take(share, load, from));
  }
}

const WS = 0;
const REST = 1;
/** What is told by a clock of ours, not by the venue: timeouts, and what reconciliation finds. */
const LATER = 2;
const SHADOWS = 3;
const STREAMS = 4;
const NO_FILL = -1;
/** Acceptances that may be overtaken; the oldest keep their place. */
const MAX_ACCEPTED = 1_024;
