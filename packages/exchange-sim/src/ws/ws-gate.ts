import type { Scheduler } from '@kb/model';
import type { Accept, ServerSocket } from '@kb/kraken';
import { connectionId } from '../connection-id.ts';
import { valuationBy } from '../exchange/valuation.ts';
import type { Venue } from '../venue.ts';
import { connectionLimits } from './connection.ts';
import type { ConnectionLimits } from './connection.ts';
import { Outbox } from './outbox.ts';
import { PrivateSide } from './private-side.ts';
import type { PrivateCommons } from './private-side.ts';
import { V1Channels } from './v1-channels.ts';
import { V1Session } from './v1-session.ts';
import { V2Session } from './v2-session.ts';
import { VenueDesk } from './venue-desk.ts';

export interface WsGateOptions {
  readonly venue: Venue;
  readonly scheduler: Scheduler;
  /** Connection ids come from it. */
  readonly seed: number;
  readonly limits?: Partial<ConnectionLimits>;
  /** One `ohlc` interval a symbol and v2 connection, as Kraken had it in 2024; any number when left out. */
  readonly oneOhlcInterval?: boolean;
}

/** Where WebSocket clients of both protocols come in. It knows no sockets: each `accept` takes the server end of any connection. */
export class WsGate {
  /** Takes a connection that speaks v2. */
  readonly acceptV2: Accept = (socket) => this.#welcome(this.#openV2(socket));
  /** Takes a connection that speaks v1. */
  readonly acceptV1: Accept = (socket) => this.#welcome(this.#openV1(socket));
  readonly #options: WsGateOptions;
  readonly #limits: ConnectionLimits;
  readonly #desk: VenueDesk;
  readonly #commons: PrivateCommons;
  readonly #channels: V1Channels;
  readonly #sessions = new Set<V1Session | V2Session>();
  #connections = 0;

  constructor(options: WsGateOptions) {
    const { venue } = options;
    this.#options = options;
    this.#limits = connectionLimits(options.limits ?? {});
    this.#desk = new VenueDesk(venue, (session) => this.#sessions.delete(session));
    this.#channels = new V1Channels(venue);
    const valuation = valuationBy(venue.markets);
    this.#commons = {
      venue,
      outbox: new Outbox(),
      context: {
        usd: (asset) => valuation(asset, 'USD'),
        seen: (symbol, reference) => venue.markets.get(symbol)?.[reference](),
      },
    };
    venue.watch({
      onSystem: (status) => {
        for (const session of this.#sessions) session.tellSystem(status);
      },
      onListing: (listing) => this.#desk.tellListing(listing),
    });
  }

  /** How many clients are connected, of both protocols. */
  get clients(): number {
    return this.#sessions.size;
  }

  /** Closes all clients; new ones may come. */
  endAll(code: number, reason: string): void {
    for (const session of this.#sessions) session.end(code, reason);
  }

  #openV2(socket: ServerSocket): V2Session {
    const { venue, scheduler, oneOhlcInterval = false } = this.#options;
    return new V2Session(socket, {
      scheduler,
      desk: this.#desk,
      connectionId: this.#nextConnectionId(),
      limits: this.#limits,
      system: venue.system,
      privateSide: (subscriber) => new PrivateSide(this.#commons, subscriber),
      oneOhlcInterval,
    });
  }

  #openV1(socket: ServerSocket): V1Session {
    const { venue, scheduler } = this.#options;
    return new V1Session(socket, {
      scheduler,
      channels: this.#channels,
      catchUp: () => venue.catchUp(),
      connectionId: this.#nextConnectionId(),
      limits: this.#limits,
      system: venue.system,
      ended: (session) => this.#sessions.delete(session),
    });
  }

  #welcome<Session extends V1Session | V2Session>(session: Session): Session {
    if (session.isOpen) this.#sessions.add(session);
    return session;
  }

  #nextConnectionId(): string {
    this.#connections += 1;
    return connectionId(this.#options.seed, this.#connections);
  }
}
