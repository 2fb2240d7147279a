import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { CommandContext } from '../src/context.ts';

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

/** How a run of `kb` ended. */
export interface KbResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `kb` in its own process. */
export interface KbProcess {
  readonly child: ChildProcess;
  /** Resolves with the first line on stdout. */
  readonly firstLine: Promise<string>;
  readonly ended: Promise<KbResult>;
}

/** Starts `kb` from source, without a terminal. It is killed if it outlives the test. */
export function startKb(...args: string[]): KbProcess {
  return startKbOn('ignore', ...args);
}

/** As `startKb`, with a stdin: a pipe, which is `child.stdin`, or an open file. */
export function startKbOn(stdin: 'ignore' | 'pipe' | number, ...args: string[]): KbProcess {
  const { NO_COLOR: _noColor, CI: _ci, KB_RUNS_DIR: _runs, KB_KRAKEN_WS_URL: _url, ...env } = process.env;
  const child = spawn(process.execPath, ['--conditions=@kb/source', CLI, ...args], {
    env,
    stdio: [stdin, 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  const first = Promise.withResolvers<string>();
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (stdout.includes('\n')) first.resolve(stdout.slice(0, stdout.indexOf('\n')));
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<KbResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      first.reject(new Error(`kb ended without a line on stdout: ${stderr}`));
      resolve({ exitCode, stdout, stderr });
    });
  });
  first.promise.catch(() => undefined); // only some tests wait for it
  return { child, firstLine: first.promise, ended };
}

/** Runs `kb` to its end. */
export function runKb(...args: string[]): Promise<KbResult> {
  return startKb(...args).ended;
}

/** A context for a command that runs inside the test, and what it wrote. */
export function testContext(): {
  readonly context: CommandContext;
  readonly texts: { stdout: string; stderr: string };
} {
  const texts = { stdout: '', stderr: '' };
  const context: CommandContext = {
    stdout: { write: (text) => (texts.stdout += text) },
    stderr: { write: (text) => (texts.stderr += text) },
    env: {},
    signal: new AbortController().signal,
  };
  return { context, texts };
}

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kb-runner-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
