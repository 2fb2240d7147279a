import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { clientHints, listen, readAccountFile, startExchange, TapeServer } from '@kb/exchange-sim';
import type { AccountFile, RunningExchange } from '@kb/exchange-sim';
import { readRecording, systemScheduler } from '@kb/kraken';
import { KbError } from '@kb/model';
import { untilDone } from '../context.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { SimOptions } from '../options.ts';

/** Who may trade unless the command line says otherwise: enough of everything to try things out. */
const TRADER = { name: 'trader', balances: { USD: '100000', BTC: '2', ETH: '20', XRP: '50000', SHIB: '500000000' } };

/**
 * Serves markets, or a recording, on loopback until it is stopped or the recording is over. Addresses, accounts and how to point clients
 * at them go to stdout as soon as they can be used. Lines on stdin inject faults while it runs.
 */
export async function sim(options: SimOptions, context: CommandContext): Promise<ExitCode> {
  return options.verbatim ? serveRecording(options, context) : serveExchange(options, context);
}

async function serveExchange(options: SimOptions, context: CommandContext): Promise<ExitCode> {
  const { tape, json } = options;
  const members = await accountsOf(options);
  const ended = new AbortController();
  // A recording that cannot be read at all is told before anyone connects.
  if (tape !== undefined) await checkReadable(tape);
  const running = await startExchange({
    ...members,
    ...(options.pairs.length === 0 ? {} : { pairs: options.pairs }),
    ...(tape === undefined ? {} : { tape: readRecording(tape) }),
    ...(options.tls === undefined ? {} : { tls: { folder: options.tls } }),
    scenario: options.scenario,
    faults: options.faults,
    rateLimits: options.rateLimits,
    warmUp: options.warmUp,
    seed: options.seed,
    port: options.port,
    onEnd: (error) => ended.abort(causeOf(error)),
  });
  const commands = readCommands(running, context);
  try {
    context.stdout.write(json ? readyJson(running) : readyText(running, tape ?? `seed ${options.seed}`));
    await untilDone(options.for, AbortSignal.any([context.signal, ended.signal]));
  } finally {
    commands.close();
    await running.close();
  }
  if (ended.signal.reason instanceof KbError) throw ended.signal.reason;
  return EXIT_CODES.ok;
}

/** The recorded bytes as they are: public data only. */
async function serveRecording(
  { tape = '', port, json, ...options }: SimOptions,
  context: CommandContext,
): Promise<ExitCode> {
  await checkReadable(tape);
  const ended = new AbortController();
  const server = new TapeServer({
    frames: readRecording(tape),
    scheduler: systemScheduler(),
    onEnd: (error) => ended.abort(causeOf(error)),
  });
  try {
    const door = await listen({ accept: server.accept, port });
    context.stdout.write(
      json
        ? `${JSON.stringify({ url: door.url, port: door.port })}\n`
        : `SIM ready  ${door.url}  ${tape}\nKraken WebSocket v2, the recorded frames. Ctrl-C ends it.\n`,
    );
    await untilDone(options.for, AbortSignal.any([context.signal, ended.signal]));
    await door.close();
  } finally {
    server.close();
  }
  if (ended.signal.reason instanceof KbError) throw ended.signal.reason;
  return EXIT_CODES.ok;
}

async function accountsOf({ accounts, accountFile }: SimOptions): Promise<AccountFile> {
  const file = accountFile === undefined ? undefined : readAccountFile(await readFile(accountFile, 'utf8'));
  const all = [...(file?.accounts ?? []), ...accounts];
  return { accounts: all.length === 0 ? [TRADER] : all, keys: file?.keys ?? [] };
}

async function checkReadable(path: string): Promise<void> {
  for await (const _ of readRecording(path)) break;
}

/** A damaged recording says more of what is wrong than the exchange that met it. */
function causeOf(error: KbError | undefined): KbError | undefined {
  return error?.cause instanceof KbError ? error.cause : error;
}

/**
 * Lines on stdin: faults to inject, `clear` to end them all. What is wrong with a line is told, and nothing else happens. The exchange
 * does without a stdin that has ended or cannot be read.
 */
function readCommands(running: RunningExchange, { stderr }: CommandContext): { close(): void } {
  const lines = createInterface({ input: process.stdin });
  // `nohup` leaves a stdin that can be written to only.
  lines.on('error', ({ message }: Error) => stderr.write(`SIM without commands from stdin: ${message}\n`));
  lines.on('line', (line) => {
    const text = line.trim();
    if (text === '') return;
    try {
      if (text === 'clear') running.faults.clear();
      else running.inject(text);
      stderr.write(`SIM ${text === 'clear' ? 'faults cleared' : `fault ${text}`}\n`);
    } catch (error) {
      if (!(error instanceof KbError)) throw error;
      stderr.write(`SIM ${error.code}  ${error.message}\n`);
    }
  });
  return lines;
}

function readyJson(running: RunningExchange): string {
  const { url, port, wsUrl, restUrl, certificate, exchange } = running;
  const accounts = exchange.accounts.map((name) => ({ name, ...running.credentials(name) }));
  return `${JSON.stringify({ url, port, wsUrl, restUrl, certificate, symbols: exchange.symbols, accounts })}\n`;
}

function readyText(running: RunningExchange, source: string): string {
  const { url, wsUrl, restUrl, certificate, exchange } = running;
  const [first] = exchange.accounts;
  const { apiKey: key, secret } = first === undefined ? { apiKey: '', secret: '' } : running.credentials(first);
  const [symbol] = exchange.symbols;
  const hints = clientHints({ restUrl, wsUrl, key, secret, certificate, ...(symbol === undefined ? {} : { symbol }) });
  return [
    `SIM ready  ${url}  ${exchange.symbols.join(', ')}; ${source}`,
    `  WebSocket  v2 ${url} (public, private, level3), v1 ${wsUrl}`,
    `  REST       ${restUrl}/0/public/… and /0/private/…`,
    ...(certificate === undefined ? [] : [`  trust      ${certificate}`]),
    ...exchange.accounts.map((name) => {
      const account = running.credentials(name);
      return `  account    ${name}  key ${account.apiKey}\n             secret ${account.secret}`;
    }),
    'Nothing here is real: the keys work on this machine only, and no key can withdraw. Ctrl-C ends it.',
    ...hints.flatMap(({ client, lines }) => ['', `${client}:`, ...lines.map((line) => `  ${line}`)]),
    '',
  ].join('\n');
}
