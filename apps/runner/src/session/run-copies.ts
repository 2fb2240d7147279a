import { existsSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { CopyPriority, SecondLocation } from '@kb/feed';
import type { JournalWriterOptions, RunFolder } from '@kb/journal';

/**
 * Copies a run to its second location, if it has one: each file under the run's own name, journals before trails. The run does not notice
 * whether the drive is there.
 */
export class RunCopies {
  readonly #folder: Pick<RunFolder, 'directory' | 'id'>;
  readonly #second: SecondLocation | undefined;

  constructor(folder: Pick<RunFolder, 'directory' | 'id'>, second: SecondLocation | undefined) {
    this.#folder = folder;
    this.#second = second;
  }

  /** For the writers of the run's journals. */
  get journal(): Required<Pick<JournalWriterOptions, 'onSealed' | 'onSegment'>> {
    return {
      onSegment: (path) => this.add(path, 'journal'),
      onSealed: (path, plain) => this.add(path, 'journal', plain),
    };
  }

  /** The run goes on: what it wrote before is copied too, as far as it is not there. Its journals are about to be continued. */
  addEarlier(): void {
    const { directory } = this.#folder;
    const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted();
    for (const name of names.filter((each) => /\.ndjson(?:\.zst)?$/.test(each))) {
      // An open segment is told by the writer that seals it.
      const isOpen = name.startsWith('journal') && !name.endsWith('.zst');
      if (!isOpen) this.add(join(directory, name), name.startsWith('journal') ? 'journal' : trailOf(name));
    }
  }

  /** @param replaces What this file stands for from now on. */
  add(path: string, priority: CopyPriority, replaces?: string): void {
    const as = `${this.#folder.id}/${relative(this.#folder.directory, path).replaceAll('\\', '/')}`;
    this.#second?.add({ path, priority, as, ...(replaces !== undefined && { replaces }) });
  }

  start(): void {
    this.#second?.start();
  }

  wake(): void {
    this.#second?.wake();
  }

  /** The run has ended and its folder is as it will stay: copies what is missing, while the drive is there. */
  async close(): Promise<void> {
    this.add(join(this.#folder.directory, 'run.json'), 'journal');
    this.add(join(this.#folder.directory, 'report', 'summary.json'), 'journal');
    const latency = join(this.#folder.directory, 'report', 'latency.json');
    if (existsSync(latency)) this.add(latency, 'journal');
    await this.#second?.close();
  }
}

function trailOf(name: string): CopyPriority {
  return basename(name).startsWith('health') ? 'health' : 'audit';
}
