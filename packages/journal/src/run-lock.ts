import fs from 'node:fs';
import { join } from 'node:path';
import { writeAll } from './atomic-file.ts';
import { attempt, JournalError } from './errors.ts';
import type { HostProcess, ProcessIdentity } from './host-process.ts';

const LOCK = 'LOCK';

/** Takes a run folder for this process. @throws JournalError `KB_JOURNAL_LOCKED` when somebody has it. */
export function takeLock(directory: string, host: HostProcess): void {
  const path = join(directory, LOCK);
  const self = host.self();
  const text = `${self.pid}\n${self.bootId ?? ''}\n${self.startTime ?? ''}\n${self.host ?? ''}\n`;
  try {
    const file = fs.openSync(path, 'wx');
    try {
      writeAll(file, Buffer.from(text));
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
  } catch (cause) {
    throw lockedBy(directory, readLock(directory), cause);
  }
}

/** Whoever holds the folder, if anybody may: a process here that lives, or one of another machine. */
export function holderOf(directory: string, host: HostProcess): ProcessIdentity | undefined {
  const holder = readLock(directory);
  if (holder === undefined) return undefined; // no lock, or one that says nothing
  const isForeign = holder.host !== undefined && holder.host !== host.self().host;
  return isForeign || host.isAlive(holder) ? holder : undefined;
}

export function lockedBy(directory: string, holder: ProcessIdentity | undefined, cause?: unknown): JournalError {
  const where = holder?.host === undefined ? '' : ` of ${holder.host}`;
  return new JournalError('KB_JOURNAL_LOCKED', `${directory} is held by process ${holder?.pid ?? 'unknown'}${where}`, {
    cause,
    hint: `One run, one writer: wait for the other to end, or start a new run. If that process is surely gone, remove ${join(directory, LOCK)}`,
  });
}

export function releaseLock(directory: string): void {
  const path = join(directory, LOCK);
  attempt('KB_JOURNAL_WRITE_FAILED', `Cannot remove ${path}`, () => fs.rmSync(path, { force: true }));
}

function readLock(directory: string): ProcessIdentity | undefined {
  const path = join(directory, LOCK);
  if (!fs.existsSync(path)) return undefined;
  const text = attempt('KB_JOURNAL_READ_FAILED', `Cannot read ${path}`, () => fs.readFileSync(path, 'utf8'));
  const [pid = '', bootId = '', startTime = '', host = ''] = text.split('\n');
  if (!/^[1-9]\d*$/.test(pid)) return undefined;
  return {
    host: textOrNothing(host),
    pid: Number(pid),
    bootId: textOrNothing(bootId),
    startTime: textOrNothing(startTime),
  };
}

function textOrNothing(text: string): string | undefined {
  return text === '' ? undefined : text;
}
