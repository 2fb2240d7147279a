import { CANDLE_INTERVALS } from '../history/market-history.ts';
import type { PublishTopic } from '../publishing/topic.ts';
import type { Venue, VenueMarket } from '../venue.ts';
import { pairRefusal } from '../wire/replies.ts';
import { BOOK_DEPTHS } from '../wire/requests.ts';
import { v1ChannelName } from '../wire/v1-requests.ts';
import type { V1Channel } from '../wire/v1-requests.ts';

/** One channel of one pair: what has a channel id. */
export interface V1Topic {
  readonly channelId: number;
  readonly market: VenueMarket;
  /** `XBT/USD`. */
  readonly pair: string;
  readonly channel: V1Channel;
  readonly published: PublishTopic;
}

/** All channels that a pair has, in the order of their ids. */
const CHANNELS: readonly V1Channel[] = [
  { name: 'ticker' },
  { name: 'trade' },
  { name: 'spread' },
  ...BOOK_DEPTHS.map((depth) => ({ name: 'book' as const, depth })),
  ...CANDLE_INTERVALS.map((interval) => ({ name: 'ohlc' as const, interval })),
];

/** The first id; Kraken's are in the hundreds too. */
const FIRST_ID = 100;

/** What WebSocket v1 calls things: pairs by `wsname`, and a number for each channel of each pair, the same for all connections. */
export class V1Channels {
  readonly #byName = new Map<string, V1Topic>();

  constructor(venue: Venue) {
    let channelId = FIRST_ID;
    for (const market of venue.markets.values()) {
      const pair = market.listing.wsname;
      for (const channel of CHANNELS) {
        const published = publishedAs(channel, channelId);
        this.#byName.set(`${v1ChannelName(channel)} ${pair}`, { channelId, market, pair, channel, published });
        channelId += 1;
      }
    }
  }

  /** @returns The topic, or what is said of a pair that there is not. */
  find(pair: string, channel: V1Channel): V1Topic | string {
    const topic = this.#byName.get(`${v1ChannelName(channel)} ${pair}`);
    return topic ?? pairRefusal(pair);
  }
}

function publishedAs(channel: V1Channel, channelId: number): PublishTopic {
  return {
    protocol: 'v1',
    channel: channel.name,
    channelId,
    ...(channel.name === 'book' ? { depth: channel.depth } : {}),
    ...(channel.name === 'ohlc' ? { interval: channel.interval } : {}),
  };
}
