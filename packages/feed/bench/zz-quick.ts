import { KrakenDecoder } from '@kb/kraken';
import { L2Book } from '@kb/orderbook';
import { bookFrames, GRID } from './frame-stream.ts';
import { interleave } from '../../../scripts/bench-kit.ts';
for (const depth of [10, 100, 1000]) {
  const frames = bookFrames(1, depth, 20000);
  const dec = new KrakenDecoder();
  dec.setGrid('BTC/USD', GRID);
  const book = new L2Book('BTC/USD', GRID, depth);
  const avg = frames.reduce((a, f) => a + f.length, 0) / frames.length;
  const t = interleave(
    {
      json() {
        let n = 0;
        for (const f of frames) n += JSON.parse(f.toString()).data.length;
        return n;
      },
      decode() {
        let n = 0;
        for (const f of frames) {
          const m = dec.decode(f);
          if (m.type === 'book') n += m.bidCount;
          else throw new Error(m.type);
        }
        return n;
      },
      full() {
        let n = 0;
        for (const f of frames) {
          const m = dec.decode(f);
          if (m.type !== 'book') throw new Error('x');
          book.apply(m);
          if (book.checksum() !== m.checksum) throw new Error('crc');
          if (book.isCrossed()) n += 1;
        }
        return n;
      },
    },
    frames.length,
    { smoke: false },
  );
  console.log(
    depth,
    avg.toFixed(0),
    Object.fromEntries(Object.entries(t).map(([k, v]) => [k, Math.round(v as number)])),
    (t.decode / t.json).toFixed(3),
    (t.full / t.json).toFixed(3),
  );
}
