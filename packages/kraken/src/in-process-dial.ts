import { micros } from '@kb/model';
import type { Scheduler } from '@kb/model';
import type { Accept, ClientHandlers, ClientSocket, Dial, ServerHandlers } from './transport.ts';

/**
 * Joins a client and a server inside one process, without a socket.
 *
 * It behaves as a socket does: nothing arrives during the call that sent it, but in a later task of the scheduler; each
 * direction keeps its order; what was sent before `close` arrives before the close does; `terminate` drops what is under
 * way and tells the client 1006. `close` without a code tells 1005, as on the wire. A side that lets more than 64 MiB pile
 * up loses the connection.
 */
export function inProcessDial(accept: Accept, scheduler: Scheduler): Dial {
  return (_url, handlers) => new Connection(accept, scheduler, handlers).client;
}

/** The most bytes under way in one direction. */
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

interface Goodbye {
  readonly code: number;
  readonly reason: string;
}

class Connection {
  readonly client: ClientSocket;
  readonly #handlers: ClientHandlers;
  #server: ServerHandlers | undefined = undefined;
  readonly #toClient: Pipe;
  readonly #toServer: Pipe;

  constructor(accept: Accept, scheduler: Scheduler, handlers: ClientHandlers) {
    this.#handlers = handlers;
    this.#toClient = new Pipe(
      scheduler,
      (frame) => this.#handlers.onMessage(frame),
      (goodbye) => {
        this.#toServer.end(goodbye);
        this.#handlers.onClose(goodbye.code, goodbye.reason);
      },
    );
    this.#toServer = new Pipe(
      scheduler,
      (frame) => this.#server?.onMessage(frame),
      (goodbye) => {
        this.#toClient.end(goodbye);
        this.#server?.onClose();
      },
    );
    this.client = {
      send: (text) => this.#send(this.#toServer, text),
      close: (code = 1005, reason = '') => this.#toServer.end({ code, reason }),
      terminate: () => this.#drop('terminated by the client'),
    };
    scheduler.after(micros(0), () => this.#open(accept));
  }

  #open(accept: Accept): void {
    if (this.#toServer.ending) {
      this.#drop('closed before it was open');
      return;
    }
    const toClient = this.#toClient;
    this.#server = accept({
      send: (frame) => this.#send(toClient, frame),
      close: (code = 1005, reason = '') => toClient.end({ code, reason }),
      terminate: () => this.#drop('terminated by the server'),
      get bufferedBytes() {
        return toClient.bufferedBytes;
      },
    });
    if (!this.#toServer.ending) this.#handlers.onOpen();
    this.#toServer.start();
    this.#toClient.start();
  }

  #send(pipe: Pipe, frame: string | Uint8Array): void {
    // A copy: the sender may reuse its bytes, and the receiver may keep them.
    pipe.push(typeof frame === 'string' ? Buffer.from(frame, 'utf8') : Buffer.from(frame));
    if (pipe.bufferedBytes > MAX_BUFFERED_BYTES) this.#drop(`more than ${MAX_BUFFERED_BYTES} bytes under way`);
  }

  #drop(reason: string): void {
    for (const pipe of [this.#toClient, this.#toServer]) {
      pipe.clear();
      pipe.end({ code: 1006, reason });
      pipe.start();
    }
  }
}

/** One direction: frames in order, then one goodbye. */
class Pipe {
  readonly #scheduler: Scheduler;
  readonly #deliver: (frame: Uint8Array) => void;
  readonly #finish: (goodbye: Goodbye) => void;
  #frames: Uint8Array[] = [];
  /** How many of `#frames` have been delivered. */
  #delivered = 0;
  #goodbye: Goodbye | undefined = undefined;
  #started = false;
  #scheduled = false;
  #finished = false;
  bufferedBytes = 0;

  constructor(scheduler: Scheduler, deliver: (frame: Uint8Array) => void, finish: (goodbye: Goodbye) => void) {
    this.#scheduler = scheduler;
    this.#deliver = deliver;
    this.#finish = finish;
  }

  /** True when a goodbye is under way or has arrived: nothing more can be sent. */
  get ending(): boolean {
    return this.#goodbye !== undefined;
  }

  /** Until it is started a pipe only collects. */
  start(): void {
    this.#started = true;
    this.#schedule();
  }

  push(frame: Uint8Array): void {
    if (this.#goodbye !== undefined) return;
    this.#frames.push(frame);
    this.bufferedBytes += frame.length;
    this.#schedule();
  }

  end(goodbye: Goodbye): void {
    this.#goodbye ??= goodbye;
    this.#schedule();
  }

  /** Forgets what is under way, a goodbye included. */
  clear(): void {
    this.#frames = [];
    this.#delivered = 0;
    this.#goodbye = undefined;
    this.bufferedBytes = 0;
  }

  #schedule(): void {
    if (!this.#started || this.#scheduled || this.#finished) return;
    if (this.#frames.length === 0 && this.#goodbye === undefined) return;
    this.#scheduled = true;
    this.#scheduler.after(micros(0), () => {
      this.#scheduled = false;
      // Also when a receiver throws, the frames behind are not lost.
      try {
        this.#deliverAll();
      } finally {
        this.#schedule();
      }
    });
  }

  /** Delivers what is under way now; what receivers send meanwhile waits for the next task. */
  #deliverAll(): void {
    const frames = this.#frames;
    const end = frames.length;
    while (this.#frames === frames && this.#delivered < end) {
      const frame = frames[this.#delivered];
      this.#delivered += 1;
      if (frame === undefined) break;
      this.bufferedBytes -= frame.length;
      this.#deliver(frame);
    }
    if (this.#frames !== frames) return;
    this.#frames = frames.slice(this.#delivered);
    this.#delivered = 0;
    if (this.#goodbye === undefined || this.#frames.length > 0) return;
    this.#finished = true;
    this.#finish(this.#goodbye);
  }
}
