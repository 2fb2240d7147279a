/** Exit codes of `kb`: a contract with scripts and supervisors. A number never changes its meaning. */
export const EXIT_CODES = {
  /** Finished, or stopped cleanly at `--for` or at the end of the data. */
  ok: 0,
  /** A bug of ours; a report file is named. */
  internal: 1,
  /** Unknown command or flag, missing or malformed argument. */
  usage: 2,
  /** Configuration or an input file that is invalid or cannot be read. */
  config: 3,
  /** The machine is not fit: port in use, disk full, no permission. */
  precheck: 4,
  /** The exchange is unreachable or keeps refusing. */
  venue: 5,
  /** Data that fails its own proof: checksums, a damaged journal, a replay that differs. */
  integrity: 6,
  /** A risk limit or the kill switch ended the run. */
  halted: 7,
  /** The command worked and a gate said no. */
  findings: 8,
  /** A wait ran out. */
  timeout: 9,
  /** The guard of live trading was not satisfied. */
  liveRefused: 10,
  /** Ctrl-C, after a clean shutdown. */
  interrupted: 130,
  /** SIGTERM, after a clean shutdown. */
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** Why a command was asked to stop: a signal, or nobody reads its output any more (`kb demo | head`), which is no fault. */
export type StopReason = 'SIGINT' | 'SIGTERM' | 'EPIPE';

/** How a command that was asked to stop and did so cleanly ends. */
export function exitCodeOfStop(reason: StopReason): ExitCode {
  if (reason === 'EPIPE') return EXIT_CODES.ok;
  return reason === 'SIGTERM' ? EXIT_CODES.terminated : EXIT_CODES.interrupted;
}
