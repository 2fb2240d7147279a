import { parseFaults } from './fault-spec.ts';
import type { FaultSpec } from './fault-spec.ts';

/**
 * Faults that go on for as long as the exchange runs.
 *
 * `faulty`: nearly every kind, each at a rate of its own, for soak tests of clients. Small faults of the feed come every minute or so, cut
 * connections every few minutes, outages a few times an hour. No two beginnings fall together for long, none of the faults lasts for
 * more than 20 s (a half-open connection for 30 s, if its client waits for so long), and a client that reconnects and subscribes anew is served at the second attempt at the latest. Pairs keep their
 * precision and their listing: those faults are for good.
 */
export const FAULT_PLANS: Readonly<Record<'faulty', readonly FaultSpec[]>> = {
  faulty: parseFaults([
    // The feed: a book heals by subscribing again.
    'drop@23s,every=61s',
    'dup@11s,every=37s',
    'reorder@43s,every=83s',
    'crc@67s,every=127s',
    'dupprice@17s,every=47s',
    'cross@97s,every=181s',
    'unknown@31s,every=103s',
    'unknown=field@41s,every=107s',
    'garbage@139s,every=353s',
    'garbage=number@211s,every=389s',
    'latesnapshot=300ms@53s,every=149s',
    'huge=200KiB@163s,every=307s',
    // Time and delay.
    'delay=150ms@71s,for=10s,every=157s',
    'stall@113s,for=2s,every=263s',
    'skew=400ms@127s,for=15s,every=293s',
    // Connections: one event at a time, and a quiet minute after each.
    'reset@197s,every=419s',
    'close=1012@331s,every=613s',
    'close=1001@461s,every=911s',
    'halfopen=30s@577s,every=1201s',
    'drip=60@701s,for=12s,every=1511s',
    'flap=2s@887s,for=7s,every=1811s',
    'handshake=503:2s@198s,every=419s',
    'handshake=429:5s@332s,every=613s',
    'handshake=tls@578s,every=1201s',
    'statuslost@196s,every=419s',
    // Subscriptions.
    'refuse@198s,every=419s',
    'ack@332s,every=613s',
    'ack=late:800ms@233s,every=431s',
    'ack=double@257s,every=439s',
    'nodata@462s,every=911s',
    // Orders and REST.
    'orderack@59s,every=173s',
    'orderack=late:1s@73s,every=193s',
    'orderack=double@83s,every=229s',
    'orderack=afterfill@107s,every=269s',
    'orderlost@131s,every=317s',
    'ratelimit@79s,every=223s',
    'ratelimit=rest@101s,every=241s',
    'ratelimit=public@109s,every=251s',
    'ratelimit=messages@151s,every=601s',
    'nonce@137s,every=311s',
    'token@167s,every=409s',
    'token=expired@277s,every=563s',
    'revoke@641s,every=1301s',
    'service@89s,every=211s',
    'service=busy@119s,every=277s',
    'html@179s,every=347s',
    'html=520@239s,every=523s',
    'timeout=8s@191s,every=373s',
    'restcut@229s,every=467s',
    // The exchange.
    'status=cancel_only@487s,for=15s,every=1103s',
    'status=post_only@823s,for=20s,every=1709s',
    'status=maintenance@1021s,for=20s,every=2111s',
    'quiet@541s,for=15s,every=1009s',
    'thin@283s,for=10s,every=653s',
    'onesided=bid@443s,for=3s,every=1409s',
    'onesided=ask@773s,for=3s,every=1609s',
  ]),
};
