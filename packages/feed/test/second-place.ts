import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { micros, SECOND, VirtualScheduler } from '@kb/model';
import { onTestFinished } from 'vitest';
import { SecondLocation } from '../src/index.ts';
import type { LocationEvent, LocationState, SecondLocationOptions } from '../src/index.ts';
import { RemovableDrive } from './removable-drive.ts';
import { START } from './venue.ts';

const POLL = micros(2 * SECOND);

/** Text that repeats nowhere within a piece, so that a copy at a wrong place shows. */
export function lines(from: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `line ${String(from + index).padStart(8, '0')}\n`).join('');
}

/** A drive that goes away with the test. */
export function drive(size?: string): RemovableDrive {
  const made = new RemovableDrive(size);
  onTestFinished(() => made.destroy());
  return made;
}

/** A location, and what it told. */
export class Subject {
  readonly time: VirtualScheduler = new VirtualScheduler(START);
  readonly events: LocationEvent[] = [];
  readonly folder: string;
  readonly location: SecondLocation;

  constructor(options: SecondLocationOptions) {
    this.folder = options.folder;
    this.location = new SecondLocation({
      scheduler: this.time,
      pollEvery: POLL,
      chunkBytes: 4096,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
  }

  /** The next poll, to its end. */
  async poll(): Promise<void> {
    this.time.advance(POLL);
    await this.location.settled();
  }

  async start(): Promise<void> {
    this.location.start();
    await this.location.settled();
  }

  get states(): readonly LocationState[] {
    return this.events.flatMap((event) => (event.type === 'state' ? [event.state] : []));
  }

  told(type: LocationEvent['type']): readonly LocationEvent[] {
    return this.events.filter((event) => event.type === type);
  }
}

/** The primary location: a folder that goes away with the test. */
export class Primary {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'kb-primary-'));

  constructor() {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  /** Writes one of its files. @returns Its path. */
  file(name: string, text = ''): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** A plain folder as location: what needs no pulling out. */
  plain(options: Partial<SecondLocationOptions> = {}): Subject {
    const folder = join(this.folder, 'second');
    mkdirSync(folder);
    return new Subject({ folder, kind: 'folder', ...options });
  }

  /** Copies that should not be there, or are no beginning of their originals: there may be none. */
  strays(copies: ReadonlyMap<string, Buffer>, names: readonly string[]): readonly string[] {
    const isBeginning = (name: string, copy: Buffer): boolean =>
      copy.equals(readFileSync(join(this.folder, name)).subarray(0, copy.length));
    return [...copies]
      .filter(([name, copy]) => !names.includes(name) || !isBeginning(name, copy))
      .map(([name]) => name);
  }
}
