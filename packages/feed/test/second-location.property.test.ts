import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { expect, test } from 'vitest';
import { SecondLocation } from '../src/index.ts';
import { fileSystemDrive } from '../src/recording/second-location/drive.ts';

const CHUNK = 64;
const POLL = micros(2 * SECOND);

/** What may happen between two polls. */
const step = fc.oneof(
  fc.record({ what: fc.constant('grow' as const), file: fc.nat(2), bytes: fc.integer({ min: 1, max: 300 }) }),
  /** The drive goes in one of the next writes, after some bytes of it, and is back with the poll after. */
  fc.record({
    what: fc.constant('break' as const),
    write: fc.nat(6),
    bytes: fc.nat(CHUNK),
    code: fc.constantFrom('EIO', 'ENOENT', 'ENOSPC', 'EACCES'),
  }),
  /** The drive forgets what was not forced to it, or its list. */
  fc.record({ what: fc.constant('forget' as const), bytes: fc.nat(100), file: fc.nat(2) }),
  fc.record({ what: fc.constant('restart' as const) }),
);

test('whatever happens, copies are beginnings of their originals, one of each, and whole when all is calm', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const root = mkdtempSync(join(tmpdir(), 'kb-second-'));
      try {
        await live(root, steps);
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    }),
    { numRuns: 60, seed: 11 },
  );
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function live(root: string, steps: readonly Step[]): Promise<void> {
  const folder = join(root, 'second');
  mkdirSync(folder);
  const names = ['journal.ndjson', 'audit.ndjson', 'btc.ndjson'];
  const paths = names.map((name) => join(root, name));
  for (const path of paths) writeFileSync(path, '');
  const time = new VirtualScheduler(micros(SECOND));
  let written = 0;
  let fault: { readonly left: number; readonly bytes: number; readonly code: string } | undefined = undefined;

  const begin = async (): Promise<SecondLocation> => {
    const location = new SecondLocation({
      folder,
      kind: 'folder',
      scheduler: time,
      pollEvery: POLL,
      chunkBytes: CHUNK,
      drive: {
        append: async (where, name, bytes, position, device) => {
          if (fault === undefined) {
            await fileSystemDrive.append(where, name, bytes, position, device);
          } else if (fault.left > 0) {
            fault = { ...fault, left: fault.left - 1 };
            await fileSystemDrive.append(where, name, bytes, position, device);
          } else {
            const { code, bytes: some } = fault;
            fault = undefined;
            if (some > 0) await fileSystemDrive.append(where, name, bytes.subarray(0, some), position, device);
            throw Object.assign(new Error(code), { code });
          }
        },
      },
    });
    for (const [index, priority] of (['journal', 'audit', 'recording'] as const).entries()) {
      location.add({ path: paths[index] ?? '', priority });
    }
    location.start();
    await location.settled();
    return location;
  };

  const check = (): void => {
    const copies = readdirSync(folder).filter((name) => !name.startsWith('.'));
    for (const name of copies) {
      expect(names).toContain(name);
      const copy = readFileSync(join(folder, name), 'utf8');
      expect(readFileSync(join(root, name), 'utf8').startsWith(copy)).toBe(true);
    }
  };

  let location = await begin();
  for (const each of steps) {
    if (each.what === 'grow') {
      const text = Array.from({ length: each.bytes }, () => String.fromCodePoint(33 + ((written += 7) % 90))).join('');
      appendFileSync(paths[each.file] ?? '', text);
    } else if (each.what === 'break') {
      fault = { left: each.write, bytes: each.bytes, code: each.code };
    } else if (each.what === 'forget') {
      await location.close();
      await forget(join(folder, names[each.file] ?? ''), each.bytes);
      if (each.bytes % 3 === 0) rmSync(join(folder, '.kb-copies.json'), { force: true });
      location = await begin();
    } else {
      await location.close();
      location = await begin();
    }
    time.advance(POLL);
    await location.settled();
    check();
  }
  fault = undefined;
  for (let round = 0; round < 2; round += 1) {
    time.advance(POLL);
    await location.settled();
  }
  await location.close();
  expect(location.status).toMatchObject({ state: 'in-step', bytesLeft: 0 });
  check();
  for (const [index, name] of names.entries()) {
    const copy = join(folder, name); // of an empty file there may be none
    expect(existsSync(copy) ? readFileSync(copy, 'utf8') : '').toBe(readFileSync(paths[index] ?? '', 'utf8'));
  }
}

/** Cuts the last bytes off a file, if it is there. */
async function forget(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'r+').catch(() => undefined);
  if (file === undefined) return;
  const { size } = await file.stat();
  await file.truncate(Math.max(0, size - bytes));
  await file.close();
}
