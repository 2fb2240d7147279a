import { KbError } from '@kb/model';
import { EXIT_CODES } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';

/** Codes of the errors that `kb` itself makes; those of the packages pass through unchanged. */
export const CLI_ERROR_CODES = [
  'KB_CLI_USAGE',
  'KB_CLI_UNREADABLE',
  'KB_CLI_NOT_WRITABLE',
  'KB_CLI_PORT_IN_USE',
  'KB_CLI_NO_PERMISSION',
  'KB_CLI_DISK_FULL',
  'KB_CLI_UNREACHABLE',
  'KB_CLI_NOTHING_TO_VERIFY',
  'KB_CLI_UNKNOWN_PAIR',
  'KB_CLI_CHECKSUM',
  'KB_CLI_COVERAGE',
  'KB_CLI_DAMAGED',
  'KB_CLI_REPLAY_DIFFERS',
  'KB_CLI_CANNOT_RESUME',
  'KB_CLI_INTERNAL',
] as const;
export type CliErrorCode = (typeof CLI_ERROR_CODES)[number];

/** What stops a command of `kb`: what happened, where, and what to do. */
export class CliError extends KbError<CliErrorCode> {
  override readonly name = 'CliError';
}

/** An error as it is told: one code, one message, what to do, and how the process ends. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
}

/** What each code ends the process with. The longest prefix that fits wins. */
export const EXIT_BY_CODE: Readonly<Record<string, ExitCode>> = {
  KB_CLI_USAGE: EXIT_CODES.usage,
  KB_CLI_UNREADABLE: EXIT_CODES.config,
  KB_CLI_NOT_WRITABLE: EXIT_CODES.precheck,
  KB_CLI_PORT_IN_USE: EXIT_CODES.precheck,
  KB_CLI_NO_PERMISSION: EXIT_CODES.precheck,
  KB_CLI_DISK_FULL: EXIT_CODES.precheck,
  KB_CLI_UNREACHABLE: EXIT_CODES.venue,
  KB_CLI_NOTHING_TO_VERIFY: EXIT_CODES.config,
  KB_CLI_UNKNOWN_PAIR: EXIT_CODES.config,
  KB_CLI_CHECKSUM: EXIT_CODES.integrity,
  KB_CLI_COVERAGE: EXIT_CODES.integrity,
  KB_CLI_DAMAGED: EXIT_CODES.integrity,
  KB_CLI_REPLAY_DIFFERS: EXIT_CODES.integrity,
  KB_CLI_CANNOT_RESUME: EXIT_CODES.config,
  KB_CLI_INTERNAL: EXIT_CODES.internal,
  KB_MODEL_: EXIT_CODES.config,
  KB_BOOK_: EXIT_CODES.config,
  KB_KRAKEN_: EXIT_CODES.config,
  KB_FEED_: EXIT_CODES.venue,
  KB_FEED_BAD_: EXIT_CODES.config,
  KB_FEED_REFUSED: EXIT_CODES.config,
  KB_FEED_RECORDER_: EXIT_CODES.precheck,
  KB_SIM_: EXIT_CODES.config,
  KB_SIM_PORT_IN_USE: EXIT_CODES.precheck,
  KB_SIM_CANNOT_LISTEN: EXIT_CODES.precheck,
  KB_STRATEGY_: EXIT_CODES.config,
  KB_RISK_: EXIT_CODES.config,
  KB_PORTFOLIO_: EXIT_CODES.config,
  KB_PAPER_: EXIT_CODES.config,
  KB_JOURNAL_: EXIT_CODES.integrity,
  KB_JOURNAL_BAD_OPTIONS: EXIT_CODES.config,
  KB_JOURNAL_NOT_FOUND: EXIT_CODES.config,
  KB_JOURNAL_EXISTS: EXIT_CODES.precheck,
  KB_JOURNAL_LOCKED: EXIT_CODES.precheck,
  KB_JOURNAL_WRITE_FAILED: EXIT_CODES.precheck,
  KB_ENGINE_: EXIT_CODES.config,
  KB_ENGINE_BAD_INPUT_JOURNAL: EXIT_CODES.integrity,
  KB_ENGINE_RESUME_DIFFERS: EXIT_CODES.integrity,
};

/** What to do about errors that do not say so themselves, because they cannot know the command line. The longest prefix wins. */
const HINTS: Readonly<Record<string, string>> = {
  KB_: 'check the flags and files named: kb COMMAND --help',
  KB_FEED_: 'check the address and your network',
  KB_JOURNAL_: 'the run folder is not as kb left it: take another run, or a copy of it',
  KB_JOURNAL_NOT_FOUND: 'name the folder of a run, such as runs/latest-demo',
  KB_JOURNAL_WRITE_FAILED: 'check that the folder can be written to and has room, or choose another with --runs',
  KB_JOURNAL_SEAL_FAILED: 'check that the folder can be written to and has room, or choose another with --runs',
};

/** What the operating system says, in kb's words. */
const SYSTEM_ERRORS: Readonly<Record<string, readonly [CliErrorCode, string, string]>> = {
  EADDRINUSE: ['KB_CLI_PORT_IN_USE', 'the port is in use', 'choose another with --port, or --port 0 for a free one'],
  EACCES: ['KB_CLI_NO_PERMISSION', 'permission denied', 'check the permissions of the file, folder or port'],
  EPERM: ['KB_CLI_NO_PERMISSION', 'not permitted', 'check the permissions of the file, folder or port'],
  ENOSPC: ['KB_CLI_DISK_FULL', 'the disk is full', 'free some space, or choose another folder'],
  EROFS: ['KB_CLI_NOT_WRITABLE', 'the folder is read-only', 'choose another folder'],
  ENOENT: ['KB_CLI_UNREADABLE', 'no such file or folder', 'check the path'],
  EISDIR: ['KB_CLI_UNREADABLE', 'is a folder, not a file', 'name a file in it'],
  ENOTDIR: ['KB_CLI_UNREADABLE', 'part of the path is not a folder', 'check the path'],
  ECONNREFUSED: ['KB_CLI_UNREACHABLE', 'connection refused', 'check the address and that something listens there'],
  ENOTFOUND: ['KB_CLI_UNREACHABLE', 'no such host', 'check the address and your network'],
  EAI_AGAIN: ['KB_CLI_UNREACHABLE', 'the host name could not be looked up', 'check your network'],
  ETIMEDOUT: ['KB_CLI_UNREACHABLE', 'no answer', 'check the address and your network'],
};

/** Puts any thrown value into the one form that is told. */
export function reportOf(error: unknown): ErrorReport {
  const known = error instanceof KbError ? error : (fromSystem(error) ?? internal(error));
  const { code, message, hint } = known;
  return { code, message, hint: hint ?? ofLongestPrefix(HINTS, code), exitCode: exitCodeOf(code) };
}

/** How the process ends for a code. A code without an entry is a bug of ours, told as such. */
export function exitCodeOf(code: string): ExitCode {
  return ofLongestPrefix(EXIT_BY_CODE, code) ?? EXIT_CODES.internal;
}

/** The report for people, without a stack trace. */
export function errorText(report: ErrorReport): string {
  const hint = report.hint === undefined ? '' : `  try: ${report.hint}\n`;
  return `error ${report.code}  ${report.message}\n${hint}`;
}

/** The report for programs: one JSON object. */
export function errorJson({ code, message, hint, exitCode }: ErrorReport): string {
  return `${JSON.stringify({ error: { code, message, hint, exitCode } })}\n`;
}

function ofLongestPrefix<Value>(byPrefix: Readonly<Record<string, Value>>, code: string): Value | undefined {
  const prefixes = Object.keys(byPrefix).filter((prefix) => code.startsWith(prefix));
  const longest = prefixes.toSorted((a, b) => b.length - a.length)[0];
  return longest === undefined ? undefined : byPrefix[longest];
}

function fromSystem(error: unknown): CliError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const known = SYSTEM_ERRORS[error.code];
  if (known === undefined) return undefined;
  const [code, what, hint] = known;
  return new CliError(code, `${subjectOf(error)}${what}`, { cause: error, hint });
}

/** The path or address that a system error is about. */
function subjectOf(error: Error): string {
  const { path, address, port } = error as { path?: unknown; address?: unknown; port?: unknown };
  if (typeof path === 'string') return `${path}: `;
  return typeof port === 'number' ? `${typeof address === 'string' ? address : ''}:${port}: ` : '';
}

function internal(error: unknown): CliError {
  const message = error instanceof Error ? error.message : String(error);
  return new CliError('KB_CLI_INTERNAL', `a bug in kb: ${message}`, { cause: error });
}
