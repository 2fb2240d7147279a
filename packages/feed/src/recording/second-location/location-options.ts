import { micros, SECOND } from '@kb/model';
import type { Micros, Scheduler } from '@kb/model';
import { FeedError } from '../../errors.ts';
import type { Drive, LocationKind } from './drive.ts';

/** What is copied first: a file waits until all that come before it here are in step. */
export const PRIORITIES = ['journal', 'audit', 'health', 'recording'] as const;
export type CopyPriority = (typeof PRIORITIES)[number];

export interface SecondLocationOptions {
  /** Where to copy to. Copies lie in it under their own names. */
  readonly folder: string;
  /**
   * `mount`, unless told: the folder is a mount point, and nothing is written while nothing is mounted there. `folder`:
   * a plain folder, which must be there at the start.
   */
  readonly kind?: LocationKind;
  /** How often it is looked whether the drive is there and files have grown. 2 s unless told. */
  readonly pollEvery?: Micros;
  /** How long the drive may take for one piece of work before it counts as absent. 10 s unless told. */
  readonly deadline?: Micros;
  /** How long `close` goes on copying what is missing. 10 s unless told. */
  readonly closeWithin?: Micros;
  /** Bytes copied at a time; what has priority waits for this much at most. 256 KiB unless told. */
  readonly chunkBytes?: number;
  /** Bytes of recordings kept on the drive: the oldest copies go first. Everything, unless told. */
  readonly keepBytes?: number;
  readonly scheduler?: Scheduler;
  readonly onEvent?: (event: LocationEvent) => void;
  /** The file system, or what stands in for parts of it. */
  readonly drive?: Partial<Drive>;
}

/** A file to copy. It may grow at its end only. */
export interface FileToCopy {
  readonly path: string;
  readonly priority: CopyPriority;
  /** Its name on the drive, with `/` for folders; the file's own unless told. */
  readonly as?: string;
  /**
   * A file that was added before and that this one stands for now, compressed, say: it may go without being lost, and its copy goes once
   * this one is copied whole.
   */
  readonly replaces?: string;
}

/** A folder whose files are copied, now and later ones, those in its folders too. */
export interface FolderToCopy {
  readonly folder: string;
  readonly priority: CopyPriority;
  /** Folder on the drive; the folder's own name unless told. */
  readonly as?: string;
  /** Which files, by their path in the folder. All but those whose name begins with a dot, unless told. */
  readonly match?: (name: string) => boolean;
}

/**
 * `absent`: not there, or gone in the middle · `present`: there, nothing compared yet · `catching-up` · `in-step`: it holds
 * all there is · `full` · `failed`: it is there and refuses, for a reason other than room. All but the last need no care:
 * each is looked at again with every poll.
 */
export type LocationState = 'absent' | 'present' | 'catching-up' | 'in-step' | 'full' | 'failed';

export type LocationEvent =
  | {
      readonly type: 'state';
      readonly at: Micros;
      readonly state: LocationState;
      /** What the drive does not hold yet. */
      readonly bytesLeft: number;
      readonly detail: string;
    }
  /**
   * The copy is `name`: what lay on the drive under this file's own name is not a beginning of it, and stays; or that name is
   * another file's, of another folder that is watched.
   */
  | { readonly type: 'renamed'; readonly at: Micros; readonly path: string; readonly name: string }
  /** The file went before it was copied whole. */
  | { readonly type: 'lost'; readonly at: Micros; readonly path: string; readonly bytes: number }
  /** Retention removed an old copy. */
  | { readonly type: 'removed'; readonly at: Micros; readonly name: string; readonly bytes: number }
  /** The drive's own list of copies cannot be read: they are compared byte by byte. */
  | { readonly type: 'ledger-unreadable'; readonly at: Micros; readonly detail: string };

export interface LocationLimits {
  readonly pollEvery: Micros;
  readonly deadline: Micros;
  readonly closeWithin: Micros;
  readonly chunkBytes: number;
}

/** @throws FeedError `KB_FEED_BAD_OPTIONS` with everything that is wrong. */
export function limitsOf(options: SecondLocationOptions): LocationLimits {
  const limits = {
    pollEvery: options.pollEvery ?? micros(2 * SECOND),
    deadline: options.deadline ?? micros(10 * SECOND),
    closeWithin: options.closeWithin ?? micros(10 * SECOND),
    chunkBytes: options.chunkBytes ?? 256 * 1024,
  };
  const problems = Object.entries({ ...limits, keepBytes: options.keepBytes })
    .filter(([, value]) => value !== undefined && !(value > 0))
    .map(([name, value]) => `${name}: expected a number above zero, was ${value}`);
  if (options.folder === '') problems.push('folder: expected a path');
  if (problems.length > 0) throw new FeedError('KB_FEED_BAD_OPTIONS', problems.join('; '));
  return limits;
}
