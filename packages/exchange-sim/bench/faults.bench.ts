/**
 * What faults cost a frame on its way to a client: nothing in between, an injector that has nothing to do, and one that looks at every
 * frame for a fault that never strikes. Hot because every frame to every client goes through it, with faults or without.
 */
import { VirtualScheduler } from '@kb/model';
import type { ServerSocket } from '@kb/kraken';
import { interleave } from '../../../scripts/bench-kit.ts';
import type { BenchOptions, BenchRow } from '../../../scripts/bench-kit.ts';
import { FaultInjector, parseFaults } from '../src/index.ts';

const FRAME = Buffer.from(
  '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":59991.3,"qty":0.02000000}],"asks":[],' +
    '"checksum":3900018849,"timestamp":"2026-08-02T03:35:51.028064Z"}]}',
);

export function run(options: BenchOptions): BenchRow[] {
  const frames = options.smoke ? 20_000 : 200_000;
  const times = interleave(
    { bare: sender(frames, undefined), calm: sender(frames, []), watching: sender(frames, ['drop,pair=ETH/USD']) },
    frames,
    options,
  );
  return [
    {
      name: 'a frame through an injector without open faults',
      median: times.calm,
      unit: 'ns/frame',
      against: 'without an injector',
      ratio: times.calm / times.bare,
    },
    {
      name: 'a frame while a fault of another pair is open',
      median: times.watching,
      unit: 'ns/frame',
      against: 'without an injector',
      ratio: times.watching / times.bare,
    },
  ];
}

/** Sends so many frames. @param faults Open ones; `undefined`: no injector at all. */
function sender(frames: number, faults: readonly string[] | undefined): () => number {
  const wire = new CountingSocket();
  let socket: ServerSocket = wire;
  if (faults !== undefined) {
    const injector = new FaultInjector({ scheduler: new VirtualScheduler(), seed: 1 });
    for (const fault of parseFaults(faults)) injector.inject(fault);
    const accept = injector.wrap((wrapped) => {
      socket = wrapped;
      return { onMessage: () => undefined, onClose: () => undefined };
    });
    accept(wire);
  }
  return () => {
    for (let count = 0; count < frames; count += 1) socket.send(FRAME);
    return wire.sent;
  };
}

class CountingSocket implements ServerSocket {
  sent = 0;
  readonly bufferedBytes = 0;

  send(frame: string | Uint8Array): void {
    this.sent += frame.length;
  }

  close(): void {
    this.sent = 0;
  }

  terminate(): void {
    this.sent = 0;
  }
}
