import fs from 'node:fs';
import { hostname } from 'node:os';

/** Who holds a run folder: a process id alone is never trusted, it is used again after a while and after each boot. */
export interface ProcessIdentity {
  /** Name of the machine or container; `undefined` in locks that do not say. */
  readonly host: string | undefined;
  readonly pid: number;
  /** Changes with each boot; `undefined` where the system does not say. */
  readonly bootId: string | undefined;
  /** When the process started, in the system's own counting; `undefined` where it does not say. */
  readonly startTime: string | undefined;
}

/** What the run folder asks of the machine. */
export interface HostProcess {
  /** The process that is running. */
  self(): ProcessIdentity;
  /** Asked of processes of this machine only: of others nothing can be known from here. */
  isAlive(identity: ProcessIdentity): boolean;
}

/** This machine. Linux tells boots and starts apart; elsewhere a live process id is taken at its word. */
export const HOST: HostProcess = {
  self: () => ({ host: hostname(), pid: process.pid, bootId: bootId(), startTime: startTimeOf(process.pid) }),
  isAlive: (identity) => {
    if (identity.bootId !== bootId() || !isRunning(identity.pid)) return false;
    return identity.startTime === startTimeOf(identity.pid);
  },
};

function bootId(): string | undefined {
  return readIfThere('/proc/sys/kernel/random/boot_id')?.trim();
}

/** Field 22 of /proc/<pid>/stat, clock ticks since boot. The name in field 2 may hold spaces and brackets. */
function startTimeOf(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0); // asks, does not signal
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // there, but somebody else's
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return undefined; // not Linux, or the process is gone
  }
}
