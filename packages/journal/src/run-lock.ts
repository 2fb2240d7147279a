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
  const text = `${self.pid}\n${self.bootId ?? ''}\n${self.startTime ?? ''}\n`;
  try {
    const file = fs.openSync(path, 'wx');
    try {
      writeAll(file, Buffer.from(text));
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
  } catch (cause) {
    const holder = readLock(directory);
    throw new JournalError('KB_JOURNAL_LOCKED', `${directory} is held by process ${holder?.pid ?? 'unknown'}`, {
      cause,
      hint: 'One run, one writer: wait for the other to end, or start a new run',
    });
  }
}

/** Whether a process that still lives holds the folder. No lock, or one that says nothing, holds nothing. */
export function isLocked(directory: string, host: HostProcess): boolean {
  const holder = readLock(directory);
  return holder !== undefined && host.isAlive(holder);
}

export function releaseLock(directory: string): void {
  const path = join(directory, LOCK);
  attempt('KB_JOURNAL_WRITE_FAILED', `Cannot remove ${path}`, () => fs.rmSync(path, { force: true }));
}

function readLock(directory: string): ProcessIdentity | undefined {
  const path = join(directory, LOCK);
  if (!fs.existsSync(path)) return undefined;
  const text = attempt('KB_JOURNAL_READ_FAILED', `Cannot read ${path}`, () => fs.readFileSync(path, 'utf8'));
  const [pid = '', bootId = '', startTime = ''] = text.split('\n');
  if (!/^[1-9]\d*$/.test(pid)) return undefined;
  return { pid: Number(pid), bootId: textOrNothing(bootId), startTime: textOrNothing(startTime) };
}

function textOrNothing(text: string): string | undefined {
  return text === '' ? undefined : text;
}
