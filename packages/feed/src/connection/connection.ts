import { encodePing } from '@kb/kraken';
import type { ClientHandlers, ClientSocket, RecordedDirection } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { CancelTask, FeedCause, Micros } from '@kb/model';
import { seconds } from './duration-text.ts';
import type { FeedSettings } from '../sources/feed-options.ts';

export interface ConnectionHost {
  onFrame(frame: Uint8Array, recvTs: Micros): void;
  onWire(recvTs: Micros, dir: RecordedDirection, raw: Uint8Array | string): void;
  onPing(reqId: number, now: Micros): void;
  /**
   * The connection is no more, or was never made; called at most once, and not after `end()`.
   * @param atLeast How long to stay away.
   */
  onLost(cause: FeedCause, detail: string, atLeast: Micros): void;
  nextReqId(): number;
  /** Writes a ping; that of WebSocket v2 unless told. */
  readonly pingText?: (reqId: number) => string;
}

/** What a connection needs of a feed's settings. */
export type ConnectionSettings = Pick<
  FeedSettings,
  'connectTimeout' | 'dial' | 'frameDeadline' | 'pingEvery' | 'scheduler' | 'url'
>;

/** `dialing` socket asked for · `greeting` open, no status yet · `up` in use · `ending` saying goodbye · `gone`. */
type Phase = 'dialing' | 'greeting' | 'up' | 'ending' | 'gone';

type TimerName = 'connect' | 'goodbye' | 'ping' | 'watch';

/** How long the goodbye of `end()` may take before the socket is dropped. */
const GOODBYE: Micros = micros(2 * SECOND);
/** Kraken asks for no more than one attempt in 5 s while it is under maintenance. */
const BUSY_WAIT: Micros = micros(5 * SECOND);

/**
 * One socket's life: opened, watched for silence, pinged, lost or ended. Once it is gone, whatever its socket still says
 * is not heard: frames of an old connection cannot get into a new one's books.
 */
export class Connection {
  readonly #settings: ConnectionSettings;
  readonly #host: ConnectionHost;
  readonly #timers = new Map<TimerName, CancelTask>();
  #phase: Phase = 'dialing';
  #socket: ClientSocket | undefined = undefined;
  /** True once the socket has said that it is closed. */
  #closed = false;
  #onClosed: (() => void) | undefined = undefined;
  #lastFrameAt: Micros | undefined = undefined;
  #upSince: Micros | undefined = undefined;

  constructor(settings: ConnectionSettings, host: ConnectionHost) {
    this.#settings = settings;
    this.#host = host;
  }

  get isUp(): boolean {
    return this.#phase === 'up';
  }

  get lastFrameAt(): Micros | undefined {
    return this.#lastFrameAt;
  }

  /** How long it has been in use. */
  get upFor(): Micros {
    return micros(this.#upSince === undefined ? 0 : this.#now() - this.#upSince);
  }

  open(): void {
    const { dial, url, connectTimeout } = this.#settings;
    this.#arm('connect', connectTimeout, () => this.drop('silence', `no status after ${seconds(connectTimeout)}`));
    const socket = dial(url, this.#handlers());
    this.#socket = socket;
    if (this.#phase === 'ending' || this.#phase === 'gone') socket.terminate(); // ended before it was even returned
  }

  /** The venue has said its status. @returns True the first time: the connection can be used from here on. */
  greet(): boolean {
    if (this.#phase !== 'greeting') return false;
    this.#phase = 'up';
    this.#upSince = this.#now();
    this.#disarm('connect');
    this.#armPing();
    return true;
  }

  /** @param shown What a recorder gets to see of it, where it holds a secret. */
  send(text: string, shown: string = text): void {
    if (!this.#isOpen()) return;
    this.#host.onWire(this.#now(), 'tx', shown);
    this.#socket?.send(text);
  }

  /** Asks the venue for a sign of life. @returns The request's id. */
  ping(): number {
    const reqId = this.#host.nextReqId();
    this.#host.onPing(reqId, this.#now());
    const { pingText = encodePing } = this.#host;
    this.send(pingText(reqId));
    return reqId;
  }

  /** Gives up on it, without waiting for the socket to agree. */
  drop(cause: FeedCause, detail: string): void {
    if (this.#phase === 'gone' || this.#phase === 'ending') return;
    this.#disarmAll();
    this.#phase = 'gone';
    this.#host.onWire(this.#now(), 'close', detail);
    this.#socket?.terminate();
    this.#host.onLost(cause, detail, micros(0));
  }

  /** Says goodbye. Resolves when the socket is gone; it is dropped when that takes longer than 2 s. */
  end(): Promise<void> {
    const wasOpen = this.#isOpen();
    const socket = this.#socket;
    this.#disarmAll();
    if (this.#phase !== 'gone') this.#phase = 'ending';
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onClosed = resolve;
      if (!wasOpen) socket?.terminate();
      else {
        this.#arm('goodbye', GOODBYE, () => socket?.terminate());
        socket?.close(1000);
      }
    });
  }

  #handlers(): ClientHandlers {
    return {
      onOpen: () => {
        if (this.#phase !== 'dialing') return;
        this.#phase = 'greeting';
        this.#lastFrameAt = this.#now();
        this.#watch();
        this.#host.onWire(this.#now(), 'open', this.#settings.url);
      },
      onMessage: (frame) => {
        if (!this.#isOpen()) return;
        const recvTs = this.#now();
        this.#lastFrameAt = recvTs;
        this.#host.onWire(recvTs, 'rx', frame);
        if (this.#isOpen()) this.#host.onFrame(frame, recvTs); // whoever listens in may have ended it
      },
      onClose: (code, detail, httpStatus, retryAfter) => {
        const before = this.#phase;
        this.#closed = true;
        this.#phase = 'gone';
        this.#disarmAll();
        if (before !== 'gone') this.#host.onWire(this.#now(), 'close', `${code} ${detail}`.trim());
        if (before !== 'gone' && before !== 'ending') {
          const cause = httpStatus !== undefined ? 'refused' : code === 1009 ? 'oversize' : 'disconnect';
          this.#host.onLost(cause, closeText(code, detail, httpStatus), floorOf(code, httpStatus, retryAfter));
        }
        this.#onClosed?.();
      },
    };
  }

  /** Looks whether frames still come: at half the deadline a ping asks for one, at the deadline it is over. */
  #watch(): void {
    const { frameDeadline } = this.#settings;
    const half = Math.floor(frameDeadline / 2);
    let asked: Micros | undefined;
    const look = (): void => {
      const now = this.#now();
      const last = this.#lastFrameAt ?? now;
      const quiet = now - last;
      if (quiet >= frameDeadline) {
        this.drop('silence', `no frame for ${seconds(micros(quiet))}`);
        return;
      }
      if (quiet >= half && asked !== last) {
        asked = last;
        this.ping();
      }
      this.#arm('watch', micros((quiet < half ? half : frameDeadline) - quiet), look);
    };
    this.#arm('watch', micros(half), look);
  }

  #armPing(): void {
    this.#arm('ping', this.#settings.pingEvery, () => {
      this.#armPing();
      this.ping();
    });
  }

  #isOpen(): boolean {
    return this.#phase === 'up' || this.#phase === 'greeting';
  }

  #now(): Micros {
    return this.#settings.scheduler.now();
  }

  #arm(name: TimerName, delay: Micros, task: () => void): void {
    this.#disarm(name);
    this.#timers.set(name, this.#settings.scheduler.after(delay, task));
  }

  #disarm(name: TimerName): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  #disarmAll(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }
}

/** The least delay after the venue sent us away: what it asks for, or what is polite. */
function floorOf(code: number, httpStatus: number | undefined, retryAfter: Micros | undefined): Micros {
  const sentAway = httpStatus !== undefined || code === 1008 || code === 1013;
  return retryAfter ?? (sentAway ? BUSY_WAIT : micros(0));
}

function closeText(code: number, detail: string, httpStatus: number | undefined): string {
  if (httpStatus !== undefined) return `handshake refused: ${detail}`;
  const what = code === 1008 ? 'closed with 1008 (the venue says that we broke its rules)' : `closed with ${code}`;
  return detail === '' ? what : `${what}: ${detail}`;
}
