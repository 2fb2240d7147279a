import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { systemScheduler } from '@kb/kraken';
import { micros, SECOND } from '@kb/model';
import type { CancelTask, Scheduler } from '@kb/model';
import { FeedError } from '../../errors.ts';
import { isDoneWithin } from '../time-limit.ts';
import { CopyLedger, LEDGER } from './copy-ledger.ts';
import { DriveChanged, fileSystemDrive, MARKER } from './drive.ts';
import type { Drive } from './drive.ts';
import { limitsOf, PRIORITIES } from './location-options.ts';
import type {
  CopyPriority,
  FileToCopy,
  FolderToCopy,
  LocationEvent,
  LocationLimits,
  LocationState,
  SecondLocationOptions,
} from './location-options.ts';
import { MirroredFile, numbered, SourceUnreadable } from './mirrored-file.ts';
import type { DriveAccess } from './mirrored-file.ts';
import { DriveHangs, OneAtATime } from './one-at-a-time.ts';

/** How a second location stands: plain data. */
export interface LocationStatus {
  readonly state: LocationState;
  readonly detail: string;
  /** What the drive does not hold yet. */
  readonly bytesLeft: number;
  /** Since the start. */
  readonly bytesCopied: number;
  /** Files that went before they were copied whole. */
  readonly lost: number;
  /** The files that are there now, in the order they were named. */
  readonly files: readonly {
    readonly path: string;
    /** On the drive. */
    readonly name: string;
    readonly priority: CopyPriority;
    readonly size: number;
    readonly copied: number;
  }[];
}

/** Pieces that are copied between two notes on the drive, and before routine copying is called catching up. */
const MANY_CHUNKS = 16;

/**
 * Copies files that only grow to a second place that may come and go, such as a removable drive.
 *
 * What has priority is copied first (`PRIORITIES`), piece by piece. A drive that goes, in the middle of a write too, is an
 * event and nothing else: nobody waits for it, and when it is back, each file goes on from where it was after what is there
 * was found to be a beginning of ours. What is not ours on the drive is never touched. At most one piece of work is at the
 * drive at any time, so one that hangs holds up one thread.
 *
 * One process at a time may use a folder: a second one would overwrite the list of copies, which costs comparing byte by
 * byte later, and no data. A drive swapped for another between two polls is noticed by its device number, or by the
 * length of a file.
 */
export class SecondLocation {
  readonly #options: SecondLocationOptions;
  readonly #limits: LocationLimits;
  readonly #scheduler: Scheduler;
  readonly #drive: Drive;
  readonly #gate: OneAtATime;
  /** By path, in the order they were named. */
  #files = new Map<string, MirroredFile>();
  /** What was replaced, by what stands for it: its copy is still to go. */
  readonly #replaced = new Map<MirroredFile, MirroredFile>();
  readonly #folders: FolderToCopy[] = [];
  /** The drive, while it is there. */
  #access: DriveAccess | undefined = undefined;
  #state: LocationState = 'absent';
  #detail = 'not looked at yet';
  #hasLooked = false;
  #isScanDue = false;
  #isOverdue = false;
  /** Pieces copied since the last note on the drive. */
  #unsaved = 0;
  #bytesCopied = 0;
  #lost = 0;
  #cancelPoll: CancelTask | undefined = undefined;
  #turning: Promise<void> | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;

  /** @throws FeedError `KB_FEED_BAD_OPTIONS`. */
  constructor(options: SecondLocationOptions) {
    this.#options = options;
    this.#limits = limitsOf(options);
    this.#scheduler = options.scheduler ?? systemScheduler();
    this.#drive = { ...fileSystemDrive, ...options.drive };
    this.#gate = new OneAtATime(this.#scheduler, this.#limits.deadline);
  }

  /** Copies this file from now on. It need not be there yet. @throws FeedError `KB_FEED_BAD_OPTIONS`: its name is taken. */
  add({ path, priority, as = basename(path), replaces }: FileToCopy): void {
    const known = this.#files.get(path);
    const names = as.split('/');
    const isBad = names.some((name) => ['', '.', '..', MARKER, LEDGER].includes(name)) || this.#isTaken(as);
    if (known === undefined && isBad) {
      throw new FeedError('KB_FEED_BAD_OPTIONS', `${path}: cannot be named ${JSON.stringify(as)} on a second location`);
    }
    const file = known ?? new MirroredFile(path, priority, as);
    const old = replaces === undefined ? undefined : this.#files.get(replaces);
    if (old === undefined || old === known) this.#files.set(path, file);
    else this.#replace(old, file);
    this.#isScanDue = true; // before anything that comes after it is copied
  }

  #replace(old: MirroredFile, file: MirroredFile): void {
    // What the old one stood for itself goes with it.
    for (const [older, by] of this.#replaced) if (by === old) this.#replaced.set(older, file);
    this.#replaced.set(old, file);
    this.#files.delete(file.path);
    // In its place, or what came after it would be copied first.
    this.#files = new Map([...this.#files].map((entry) => (entry[1] === old ? [file.path, file] : entry)));
  }

  /** Copies the files of this folder from now on. */
  watch(folder: FolderToCopy): void {
    this.#folders.push(folder);
  }

  /** Begins to look for the drive. */
  start(): void {
    if (this.#closing !== undefined || this.#cancelPoll !== undefined) return;
    this.#cancelPoll = this.#scheduler.after(this.#limits.pollEvery, () => {
      this.#cancelPoll = undefined;
      this.start();
    });
    this.wake();
  }

  /** Something was written: copies it now, without waiting for the next poll. */
  wake(): void {
    this.#isScanDue = true;
    if (this.#turning !== undefined || this.#closing !== undefined) return;
    this.#turn();
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#turning !== undefined) await this.#turning;
  }

  /** Copies what is missing if the drive is there, for `closeWithin` at most, and lets go of it. Calling it again is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  get status(): LocationStatus {
    return {
      state: this.#state,
      detail: this.#detail,
      bytesLeft: this.#bytesLeft,
      bytesCopied: this.#bytesCopied,
      lost: this.#lost,
      files: [...this.#files.values()].map(({ path, name, priority, size, copied }) => ({
        path,
        name,
        priority,
        size,
        copied,
      })),
    };
  }

  /** Whether the drive got this many bytes of a file: `KeepOptions.isCopied` of a recorder. */
  isCopied(path: string, bytes: number): boolean {
    const file = this.#files.get(path);
    return file !== undefined && (file.isRemoved || file.copied >= bytes);
  }

  get #bytesLeft(): number {
    let sum = 0;
    for (const file of this.#files.values()) sum += file.bytesLeft;
    return sum;
  }

  async #finish(): Promise<void> {
    this.#cancelPoll?.();
    const cancel = this.#scheduler.after(this.#limits.closeWithin, () => {
      this.#isOverdue = true;
    });
    const { closeWithin, deadline } = this.#limits;
    const ended = this.settled().then(() => {
      this.#turn();
      return this.settled();
    });
    // The disk that is copied from may hang too, which no deadline of the drive ends.
    const isDone = await isDoneWithin(this.#scheduler, micros(closeWithin + deadline), ended).finally(cancel);
    if (!isDone) this.#setState('failed', `the disk that is copied from did not answer within ${deadline / SECOND} s`);
  }

  #turn(): void {
    this.#turning = this.#look().finally(() => {
      this.#turning = undefined;
      // What came while the last notes were written waits for nobody.
      if (this.#isScanDue && this.#closing === undefined) this.#turn();
    });
  }

  /** One look at everything: is the drive there, what has grown, and copying until all is in step. */
  async #look(): Promise<void> {
    try {
      await this.#scan();
      const { folder, kind = 'mount' } = this.#options;
      const presence = await this.#run((drive) => drive.look(folder, kind, !this.#hasLooked));
      this.#hasLooked = true;
      if (!presence.isPresent) {
        this.#access = undefined;
        this.#setState('absent', presence.reason);
        return;
      }
      if (this.#access?.device !== presence.device) this.#access = await this.#arrive(presence.device);
      await this.#copyAll(this.#access);
    } catch (error) {
      this.#onFault(error);
    }
  }

  /** The drive is here, perhaps another one, perhaps changed meanwhile: nothing known of it before holds. */
  async #arrive(device: number): Promise<DriveAccess> {
    const { folder } = this.#options;
    const text = await this.#run((drive) => drive.readText(join(folder, LEDGER)));
    for (const file of this.#files.values()) file.isVerified = false;
    this.#unsaved = 0;
    this.#setState('present', folder);
    return {
      folder,
      device,
      ledger: this.#ledgerOf(text),
      chunkBytes: this.#limits.chunkBytes,
      run: (work) => this.#run(work),
      isTaken: (name) => this.#isTaken(name),
    };
  }

  #ledgerOf(text: string | undefined): CopyLedger {
    if (text === undefined) return new CopyLedger();
    try {
      return CopyLedger.parse(text);
    } catch (error) {
      this.#tell({ type: 'ledger-unreadable', at: this.#scheduler.now(), detail: textOf(error) });
      return new CopyLedger();
    }
  }

  async #copyAll(access: DriveAccess): Promise<void> {
    const unreadable = new Map<MirroredFile, string>();
    for (let chunks = 0; !this.#isOverdue; chunks += 1) {
      if (this.#isScanDue) await this.#scan();
      await this.#removeReplaced(access);
      const file = this.#next(unreadable);
      if (file === undefined) break;
      if (chunks > MANY_CHUNKS || !['in-step', 'full', 'catching-up'].includes(this.#state)) {
        this.#setState('catching-up', '');
      }
      try {
        await (file.isVerified ? this.#copyChunk(file, access) : this.#verify(file, access));
      } catch (error) {
        file.isVerified = false; // a write that failed may have left a part
        if (!(error instanceof SourceUnreadable)) throw error;
        if (!this.#replaced.has(file)) unreadable.set(file, error.message);
      }
    }
    await this.#saveLedger(access, 1);
    const [problem] = unreadable.values();
    // Those that are merely gone are dropped by the next scan.
    if (problem !== undefined) this.#setState('failed', problem);
    else this.#setState(this.#bytesLeft === 0 ? 'in-step' : 'catching-up', '');
  }

  /** The first file, by priority, that needs something. */
  #next(except: ReadonlyMap<MirroredFile, string>): MirroredFile | undefined {
    const needy = [...this.#files.values()].filter(
      (file) => file.isThere && !except.has(file) && (!file.isVerified || file.bytesLeft > 0),
    );
    for (const priority of PRIORITIES) {
      const first = needy.find((file) => file.priority === priority);
      if (first !== undefined) return first;
    }
    return undefined;
  }

  async #verify(file: MirroredFile, access: DriveAccess): Promise<void> {
    const isRenamed = await file.verify(access);
    if (isRenamed) this.#tell({ type: 'renamed', at: this.#scheduler.now(), path: file.path, name: file.name });
  }

  async #copyChunk(file: MirroredFile, access: DriveAccess): Promise<void> {
    const before = file.copied;
    await file.copyChunk(access);
    this.#bytesCopied += file.copied - before;
    this.#unsaved += 1;
    await this.#removeSurplus(access);
    await this.#saveLedger(access, MANY_CHUNKS);
  }

  /** What was replaced is needed no more where its successor is whole. A copy that somebody changed stays. */
  async #removeReplaced(access: DriveAccess): Promise<void> {
    for (const [old, file] of this.#replaced) {
      if (!file.isVerified || !file.isThere || file.bytesLeft > 0) continue;
      if (await old.isOnDrive(access)) {
        await this.#run((drive) => drive.remove(join(access.folder, old.name)));
        access.ledger.delete(old.name);
        this.#unsaved += 1;
      }
      this.#replaced.delete(old);
    }
  }

  async #removeSurplus({ ledger, folder }: DriveAccess): Promise<void> {
    const { keepBytes } = this.#options;
    if (keepBytes === undefined) return;
    const byName = new Map([...this.#files.values()].map((file) => [file.name, file]));
    for (const copy of ledger.surplus(keepBytes, (name) => (byName.get(name)?.bytesLeft ?? 0) > 0)) {
      await this.#run((drive) => drive.remove(join(folder, copy.name)));
      ledger.set({ ...copy, isRemoved: true });
      const file = byName.get(copy.name);
      if (file !== undefined) file.isRemoved = true;
      this.#unsaved += 1;
      this.#tell({ type: 'removed', at: this.#scheduler.now(), name: copy.name, bytes: copy.length });
    }
  }

  async #saveLedger({ ledger, folder, device }: DriveAccess, atLeast: number): Promise<void> {
    if (this.#unsaved < atLeast) return;
    await this.#run((drive) => drive.replaceText(join(folder, LEDGER), ledger.text, device));
    this.#unsaved = 0;
  }

  /** Sees which files are new, have grown or are gone. */
  async #scan(): Promise<void> {
    this.#isScanDue = false;
    for (const folder of this.#folders) await this.#scanFolder(folder);
    // The latest first: where a file is seen to be there, all of what was written before it began is seen too.
    for (const [path, file] of [...this.#files].toReversed()) {
      try {
        file.size = (await stat(path)).size;
        file.isThere = true;
      } catch (error) {
        // Else it is not there yet, or was replaced meanwhile.
        if (codeOf(error) === 'ENOENT' && file.isThere && !this.#replaced.has(file)) this.#drop(file);
      }
    }
  }

  async #scanFolder({ folder, priority, as = basename(folder), match = isVisible }: FolderToCopy): Promise<void> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
    for (const name of names.toSorted()) {
      const path = join(folder, name);
      if (match(name) && !isOwn(name) && !isWithin(path, this.#options.folder)) {
        this.#addFound(path, priority, `${as}/${name}`);
      }
    }
  }

  /** Nobody is there to be told that the name of a found file is taken: it gets another one, or all copying would end. */
  #addFound(path: string, priority: CopyPriority, as: string): void {
    if (this.#files.has(path)) return;
    let free = as;
    for (let attempt = 2; this.#isTaken(free); attempt += 1) free = numbered(as, attempt);
    this.add({ path, priority, as: free });
    if (free !== as) this.#tell({ type: 'renamed', at: this.#scheduler.now(), path, name: free });
  }

  #drop(file: MirroredFile): void {
    this.#files.delete(file.path);
    const ledger = this.#access?.ledger;
    if (ledger?.get(file.name)?.isRemoved === true) ledger.delete(file.name);
    if (file.bytesLeft === 0) return;
    this.#lost += 1;
    this.#tell({ type: 'lost', at: this.#scheduler.now(), path: file.path, bytes: file.bytesLeft });
  }

  #onFault(error: unknown): void {
    const cause = error instanceof DriveFault ? error.cause : error;
    const code = codeOf(cause);
    if (FULL.has(String(code))) {
      this.#setState('full', textOf(cause));
      return; // it is the same drive: what is known of it still holds
    }
    this.#access = undefined;
    const isGone = cause instanceof DriveHangs || cause instanceof DriveChanged || GONE.has(String(code));
    this.#setState(isGone ? 'absent' : 'failed', textOf(cause));
  }

  async #run<Value>(work: (drive: Drive) => Promise<Value>): Promise<Value> {
    try {
      return await this.#gate.run(() => work(this.#drive));
    } catch (error) {
      throw new DriveFault(textOf(error), { cause: error });
    }
  }

  #isTaken(name: string): boolean {
    // What was replaced keeps its name until its copy is gone, or the removal would meet another file's.
    for (const file of [...this.#files.values(), ...this.#replaced.keys()]) if (file.name === name) return true;
    return false;
  }

  #setState(state: LocationState, detail: string): void {
    if (this.#state === state && this.#detail === detail) return;
    this.#state = state;
    this.#detail = detail;
    this.#tell({ type: 'state', at: this.#scheduler.now(), state, bytesLeft: this.#bytesLeft, detail });
  }

  #tell(event: LocationEvent): void {
    this.#options.onEvent?.(event);
  }
}

/** What the drive said, as opposed to the disk that is copied from. */
class DriveFault extends Error {
  override readonly name = 'DriveFault';
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** How a drive that goes away says so: pulled out, unmounted, or remounted read-only by the system after errors. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'EIO', 'EROFS', 'ENODEV', 'ENXIO', 'ESTALE', 'EBUSY', 'ENOTCONN']);

/** What a second location keeps for itself; found where one lies in a folder that is watched. */
function isOwn(name: string): boolean {
  return [MARKER, LEDGER].includes(basename(name));
}

/** Copies in a folder that is watched would be copied again, and again. */
function isWithin(path: string, folder: string): boolean {
  return resolve(path).startsWith(`${resolve(folder)}${sep}`);
}

function isVisible(name: string): boolean {
  return !name.split('/').some((part) => part.startsWith('.'));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
