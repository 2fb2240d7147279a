import type { Accept } from '@kb/kraken';
import { micros } from '@kb/model';
import type { Scheduler } from '@kb/model';
import { STATUS } from './market.ts';
import type { Market } from './market.ts';

interface Request {
  readonly method: string;
  readonly req_id: number;
  readonly params: { readonly channel: string; readonly symbol?: readonly string[] };
}

/** Serves a market to one client, as much of Kraken v2 as a feed needs; it moves once its book is subscribed. */
export function serve(market: Market, scheduler: Scheduler): Accept {
  return (socket) => {
    let open = true;
    const tell = (text: string): void => {
      if (open) socket.send(text);
    };
    const next = (): void => {
      if (!open) return;
      market.now = Math.max(market.now, scheduler.now());
      for (const frame of market.step()) tell(frame);
      scheduler.after(micros(Math.max(1, market.now - scheduler.now())), next);
    };
    tell(STATUS);
    return {
      onMessage: (frame) => {
        const { method, params, req_id: reqId } = JSON.parse(Buffer.from(frame).toString()) as Request;
        if (method === 'ping') return tell(`{"method":"pong","req_id":${reqId}}`);
        const { channel, symbol = [undefined] } = params;
        for (const each of symbol) {
          const depth = channel === 'book' ? { depth: market.depth } : {};
          const result = { channel, symbol: each, ...depth, snapshot: true };
          tell(JSON.stringify({ method, req_id: reqId, result, success: true }));
        }
        if (method !== 'subscribe') return undefined;
        if (channel === 'instrument') tell(market.instrument());
        if (channel !== 'book') return undefined;
        tell(market.snapshot());
        return next();
      },
      onClose: () => {
        open = false;
      },
    };
  };
}
