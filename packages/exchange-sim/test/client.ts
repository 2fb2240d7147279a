import type { Scheduler } from '@kb/model';
import { inProcessDial } from '@kb/kraken';
import type { Accept, ClientSocket } from '@kb/kraken';

/** A client that writes down what it receives. */
export interface TestClient {
  readonly socket: ClientSocket;
  /** All frames so far, as text. */
  readonly frames: string[];
  /** How it was closed. */
  readonly closed: { code: number; detail: string }[];
  send(method: string, params?: object, reqId?: number): void;
  sendText(text: string): void;
  /** Frames of one channel, parsed. */
  on(channel: string): Message[];
  /** The frames since the last `take`. */
  take(): string[];
}

export interface Message {
  readonly channel: string;
  readonly type: 'snapshot' | 'update';
  readonly sequence?: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look at wire JSON of all channels
  readonly data: any;
}

export function connect(accept: Accept, scheduler: Scheduler): TestClient {
  const frames: string[] = [];
  const closed: { code: number; detail: string }[] = [];
  const waiting: string[] = [];
  let taken = 0;
  let open = false;
  const socket = inProcessDial(accept, scheduler)('ws://in-process/v2', {
    onOpen: () => {
      open = true;
      for (const text of waiting) socket.send(text);
    },
    onMessage: (frame) => frames.push(Buffer.from(frame).toString('utf8')),
    onClose: (code, detail) => closed.push({ code, detail }),
  });
  const sendText = (text: string): void => {
    if (open) socket.send(text);
    else waiting.push(text);
  };
  return {
    socket,
    frames,
    closed,
    sendText,
    send: (method, params, reqId) =>
      sendText(
        JSON.stringify({
          method,
          ...(params === undefined ? {} : { params }),
          ...(reqId === undefined ? {} : { req_id: reqId }),
        }),
      ),
    on: (channel) =>
      frames
        .filter((frame) => frame.startsWith(`{"channel":"${channel}"`))
        .map((frame): Message => JSON.parse(frame) as Message),
    take: () => {
      const fresh = frames.slice(taken);
      taken = frames.length;
      return fresh;
    },
  };
}
