import { systemScheduler } from '@kb/kraken';
import type { Micros } from '@kb/model';
import type { ExitCode } from './exit-codes.ts';

/** Where text goes. `process.stdout` and `process.stderr` are such. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Width in characters, when it is a terminal. */
  readonly columns?: number;
}

/** All that a command touches besides its options. */
export interface CommandContext {
  /** Data: results, and nothing else when `--json` is set. */
  readonly stdout: Output;
  /** Progress, warnings, errors. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts, with a `StopReason`, at the first Ctrl-C or SIGTERM and when nobody reads the output: finish cleanly and return. */
  readonly signal: AbortSignal;
}

/** Runs one command to its end. What goes wrong is thrown; the caller tells it and ends the process. */
export type Command<Options> = (options: Options, context: CommandContext) => Promise<ExitCode>;

/** Waits until the time is over or the signal comes, whichever is first. `undefined` waits for the signal alone. */
export function untilDone(duration: Micros | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      stopWaiting?.();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const stopWaiting = duration === undefined ? undefined : systemScheduler().after(duration, finish);
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
  });
}

/** Whether to colour what goes to an output: never when asked not to, or when nobody watches. */
export function wantsColor(output: Output, context: Pick<CommandContext, 'env'>, flag: boolean): boolean {
  const { NO_COLOR, CI, TERM } = context.env;
  return flag && output.isTTY === true && !isSet(NO_COLOR) && !isSet(CI) && TERM !== 'dumb';
}

/** Whether a repainted view makes sense: somebody watches a terminal that can move its cursor. */
export function wantsLiveView(output: Output, context: Pick<CommandContext, 'env'>): boolean {
  return output.isTTY === true && !isSet(context.env['CI']) && context.env['TERM'] !== 'dumb';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
