import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { FAULT_KINDS, parseFaults } from '@kb/exchange-sim';
import type { FaultRule } from '@kb/exchange-sim';
import { readRecording } from '@kb/kraken';
import { expect, onTestFinished, test } from 'vitest';
import { reportOf } from '../src/cli-error.ts';
import type { ErrorReport } from '../src/cli-error.ts';
import { run } from '../src/program.ts';
import { startKb, startKbOn, temporaryFolder, testContext } from './kb.ts';
import type { KbProcess } from './kb.ts';
import { recordSim } from './record-sim.ts';

/** One market with a short past is there sooner. */
const QUICK = ['--pairs', 'BTC/USD', '--warm-up', '1s'];

const BOOK_FRAME = '{"channel":"book"';

interface Account {
  readonly name: string;
  readonly apiKey: string;
  readonly secret: string;
}

/** What `kb sim --json` prints. */
interface Ready {
  readonly url: string;
  readonly port: number;
  readonly wsUrl: string;
  readonly restUrl: string;
  readonly certificate?: string;
  readonly symbols: readonly string[];
  readonly accounts: readonly Account[];
}

interface RestAnswer {
  readonly error: readonly string[];
  readonly result?: unknown;
}

async function readyOf(kb: KbProcess): Promise<Ready> {
  return JSON.parse(await kb.firstLine) as Ready;
}

function accountOf({ accounts }: Ready, index = 0): Account {
  const account = accounts[index];
  if (account === undefined) throw new Error(`There is no account ${index}`);
  return account;
}

/** A private call, signed as Kraken's documentation says. */
async function privately(
  restUrl: string,
  { apiKey, secret }: Account,
  call: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<RestAnswer> {
  const path = `/0/private/${call}`;
  const nonce = String(process.hrtime.bigint());
  const body = new URLSearchParams({ nonce, ...fields }).toString();
  const hash = createHash('sha256').update(`${nonce}${body}`).digest();
  const sign = createHmac('sha512', Buffer.from(secret, 'base64')).update(path).update(hash).digest('base64');
  const headers = {
    'API-Key': apiKey,
    'API-Sign': sign,
    'Content-Type': 'application/x-www-form-urlencoded',
  };
  const response = await fetch(`${restUrl}${path}`, { method: 'POST', headers, body });
  return (await response.json()) as RestAnswer;
}

/** Waits for a text on stderr of a `kb`, which may have come already. */
async function told({ child, ended }: KbProcess, expected: string): Promise<string> {
  let seen = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (part: string) => {
      seen += part;
      if (seen.includes(expected)) resolve(seen);
    });
    void ended.then(() => reject(new Error(`kb ended without telling ${expected}: ${seen}`)));
  });
}

/** How a command line fails, in this process: no other is needed for what is refused at once. */
async function failureOf(...argv: string[]): Promise<ErrorReport> {
  const { context, texts } = testContext();
  const outcome = await run(argv, '0.0.0', context).catch(reportOf);
  expect(texts.stdout).toBe('');
  if (typeof outcome === 'number') throw new Error(`kb ${argv.join(' ')} did not fail`);
  return outcome;
}

/** What a command that ends by itself prints, in this process. */
async function outputOf(...argv: string[]): Promise<string> {
  const { context, texts } = testContext();
  expect(await run(argv, '0.0.0', context)).toBe(0);
  return texts.stdout;
}

test('--json holds addresses, pairs, and accounts with keys that sign private calls', async () => {
  const flags = ['--account', 'alice=USD:25000.5,BTC:1', '--account', 'bob=ETH:3', '--json'];
  const ready = await readyOf(startKb('sim', ...QUICK, ...flags));
  const { port, accounts } = ready;
  expect(ready).toMatchObject({
    url: `ws://127.0.0.1:${port}/v2`,
    wsUrl: `ws://127.0.0.1:${port}`,
    restUrl: `http://127.0.0.1:${port}`,
    symbols: ['BTC/USD'],
  });
  expect(accounts.map(({ name }) => name)).toEqual(['alice', 'bob']);

  const [alice, bob] = [accountOf(ready), accountOf(ready, 1)];
  expect(await privately(ready.restUrl, alice, 'Balance')).toEqual({
    error: [],
    result: { XXBT: '1.0000000000', ZUSD: '25000.5000' },
  });
  expect(await privately(ready.restUrl, bob, 'Balance')).toMatchObject({ error: [], result: { XETH: '3.0000000000' } });
  const mixedUp = { ...alice, secret: bob.secret };
  expect((await privately(ready.restUrl, mixedUp, 'Balance')).error).toEqual(['EAPI:Invalid signature']);
});

test('keys of an account file work, and its accounts stand beside those of --account', async () => {
  const path = join(temporaryFolder(), 'accounts.json');
  const key = { key: 'carols-key', secret: 'c2VjcmV0', permissions: ['query-funds'] };
  writeFileSync(path, JSON.stringify({ accounts: [{ name: 'carol', balances: { USD: '7' }, keys: [key] }] }));
  const ready = await readyOf(startKb('sim', ...QUICK, '--accounts', path, '--account', 'alice=BTC:1', '--json'));
  expect(ready.accounts.map(({ name }) => name)).toEqual(['carol', 'alice']);
  expect(accountOf(ready)).toEqual({ name: 'carol', apiKey: key.key, secret: key.secret });
  expect(await privately(ready.restUrl, accountOf(ready), 'Balance')).toMatchObject({ result: { ZUSD: '7.0000' } });
  const refused = await privately(ready.restUrl, accountOf(ready), 'OpenOrders');
  expect(refused.error).toEqual(['EGeneral:Permission denied']);
});

test('the text names REST, both WebSockets, the account that is there unasked, and its key', async () => {
  const kb = startKb('sim', ...QUICK, '--for', '50ms');
  const { exitCode, stdout, stderr } = await kb.ended;
  expect([exitCode, stderr]).toEqual([0, '']);
  const [, port = ''] = /^SIM ready {2}ws:\/\/127\.0\.0\.1:(\d+)\/v2 {2}BTC\/USD; seed 42\n/.exec(stdout) ?? [];
  expect(stdout).toContain(`v2 ws://127.0.0.1:${port}/v2 (public, private, level3), v1 ws://127.0.0.1:${port}\n`);
  expect(stdout).toContain(`REST       http://127.0.0.1:${port}/0/public/`);
  const [, key = ''] = /account {4}trader {2}key (\S+)\n {13}secret \S{40,}\n/.exec(stdout) ?? [];
  expect(key).toMatch(/^\S{40,}$/);
  for (const client of ['curl', 'ccxt', 'python-kraken-sdk']) expect(stdout).toContain(`\n${client}:\n`);
  expect(stdout.split(key).length - 1).toBeGreaterThanOrEqual(4); // told once, and used by three clients
});

test('an account file tells all its problems and ends with 3, as one that cannot be read does', async () => {
  const folder = temporaryFolder();
  const [wrong, noise] = [join(folder, 'wrong.json'), join(folder, 'noise.json')];
  const accounts = [
    { name: 'no spaces', balances: { USD: 25 } },
    { name: 'bob', balances: {}, tier: 'gold' },
  ];
  writeFileSync(wrong, JSON.stringify({ accounts }));
  writeFileSync(noise, 'no JSON');
  const failure = await failureOf('sim', '--accounts', wrong);
  expect(failure).toMatchObject({ code: 'KB_SIM_BAD_ACCOUNTS', exitCode: 3 });
  for (const place of ['3 problems', 'accounts.0.name', 'accounts.0.balances.USD', 'accounts.1.tier']) {
    expect(failure.message).toContain(place);
  }
  expect(await failureOf('sim', '--accounts', noise)).toMatchObject({ code: 'KB_SIM_BAD_ACCOUNTS', exitCode: 3 });
  const missing = await failureOf('sim', '--accounts', join(folder, 'missing.json'));
  expect(missing).toMatchObject({ code: 'KB_CLI_UNREADABLE', exitCode: 3 });
  expect(missing.message).toContain('missing.json');
});

test('what is wrong with --account ends with 2, each flag told', async () => {
  const wrong = ['alice', 'bob=USD', 'carol=usd:1', 'd d=USD:1', 'eve=USD:1e5', 'f=USD:1,USD:2', 'g=USD:1:2', 'h='];
  const failure = await failureOf('sim', ...wrong.flatMap((account) => ['--account', account]));
  expect(failure).toMatchObject({ code: 'KB_CLI_USAGE', exitCode: 2, hint: 'kb sim --help' });
  expect(failure.message).toContain('8 problems');
  for (const account of wrong) expect(failure.message).toContain(`was ${JSON.stringify(account)}`);
});

test('an account twice ends with 3, and names it', async () => {
  const failure = await failureOf('sim', ...QUICK, '--account', 'alice=USD:1', '--account', 'alice=USD:2');
  expect(failure).toMatchObject({ code: 'KB_SIM_BAD_OPTION', exitCode: 3 });
  expect(failure.message).toContain('alice');
});

test('what is wrong with --fault ends with 3, all of it told; so does a pair that is not there', async () => {
  const wrong = ['crcc', 'halfopen@soon', 'reset,count=0'];
  const failure = await failureOf('sim', ...QUICK, ...wrong.flatMap((fault) => ['--fault', fault]));
  expect(failure).toMatchObject({ code: 'KB_SIM_BAD_OPTION', exitCode: 3 });
  for (const fault of wrong) expect(failure.message).toContain(`${fault}: `);
  const elsewhere = await failureOf('sim', ...QUICK, '--fault', 'crc,pair=DOGE/USD');
  expect(elsewhere).toMatchObject({ code: 'KB_SIM_UNKNOWN_SYMBOL', exitCode: 3 });
  expect(elsewhere.message).toContain('DOGE/USD');
});

test('the faults in the examples of the help are faults', async () => {
  const help = await outputOf('sim', '--help');
  const faults = [...help.matchAll(/--fault (\S+=\S+)/g)].map(([, fault = '']) => fault);
  expect(faults.length).toBeGreaterThan(1);
  expect(parseFaults(faults)).toHaveLength(faults.length);
});

test('what a tape or a day would make no sense with ends with 2', async () => {
  const tape = await failureOf('sim', '--tape', 'x.ndjson', '--scenario', 'crash', '--warm-up', '25h');
  expect(tape).toMatchObject({ code: 'KB_CLI_USAGE', exitCode: 2 });
  expect(tape.message).toMatch(/2 problems.*--warm-up: at most 24h.*--scenario crash/s);
  const verbatim = await failureOf('sim', '--tape', 'x.ndjson', '--verbatim', '--scenario', 'faulty');
  expect(verbatim).toMatchObject({ code: 'KB_CLI_USAGE', exitCode: 2 });
});

test('--list-faults names every kind with what a client sees, as text and as JSON', async () => {
  const kinds = Object.keys(FAULT_KINDS);
  const [plain, json] = [await outputOf('sim', '--list-faults'), await outputOf('sim', '--list-faults', '--json')];
  const { faults } = JSON.parse(json) as { faults: { kind: string; value?: string; does: string; sees: string }[] };
  expect(faults.map(({ kind }) => kind)).toEqual(kinds);
  for (const { kind, value, does, sees } of faults) {
    expect(value).toBe((FAULT_KINDS as Readonly<Record<string, FaultRule>>)[kind]?.value?.expects);
    expect(plain).toContain(value === undefined ? kind : `value: ${value}`);
    expect(plain).toMatch(new RegExp(`^${kind} `, 'm'));
    expect(plain).toContain(does);
    expect(plain).toContain(`seen: ${sees}\n`);
  }
  expect(await failureOf('sim', '--list-faults', '--jsno')).toMatchObject({ code: 'KB_CLI_USAGE', exitCode: 2 });
});

test('lines on stdin inject faults and end them; a wrong one is told and changes nothing; their end ends nothing', async () => {
  const kb = startKbOn('pipe', 'sim', ...QUICK, '--json');
  const ready = await readyOf(kb);
  const balance = async (): Promise<readonly string[]> =>
    (await privately(ready.restUrl, accountOf(ready), 'Balance')).error;
  expect(await balance()).toEqual([]);

  const injected = told(kb, 'SIM fault service');
  kb.child.stdin?.write('\nnope\nservice=unavailable,for=ever\n');
  expect(await injected).toMatch(/^SIM KB_SIM_BAD_OPTION {2}nope: unknown kind/);
  expect(await balance()).toEqual(['EService:Unavailable']);

  const cleared = told(kb, 'SIM faults cleared');
  kb.child.stdin?.end('clear\n');
  await cleared;
  expect(await balance()).toEqual([]);
  kb.child.kill('SIGTERM');
  expect((await kb.ended).exitCode).toBe(143);
});

test('a pipe on stdin that stays open does not outlive --for', async () => {
  const kb = startKbOn('pipe', 'sim', ...QUICK, '--for', '50ms', '--json');
  expect(await kb.ended).toMatchObject({ exitCode: 0, stderr: '' });
});

test('a stdin that cannot be read, as nohup leaves it, is told, and the exchange goes on', async () => {
  const writeOnly = openSync(join(temporaryFolder(), 'stdin'), 'w');
  onTestFinished(() => closeSync(writeOnly));
  const kb = startKbOn(writeOnly, 'sim', ...QUICK, '--json');
  const ready = await readyOf(kb);
  expect((await privately(ready.restUrl, accountOf(ready), 'Balance')).error).toEqual([]);
  kb.child.kill('SIGTERM');
  const { exitCode, stderr } = await kb.ended;
  expect(stderr).toContain('SIM without commands from stdin: ');
  expect(exitCode).toBe(143);
});

test('--tls serves https, for who trusts the certificate that it names', async () => {
  const ready = await readyOf(startKb('sim', ...QUICK, '--tls', temporaryFolder(), '--json'));
  expect(ready).toMatchObject({
    url: `wss://127.0.0.1:${ready.port}/v2`,
    restUrl: `https://127.0.0.1:${ready.port}`,
  });
  const address = `${ready.restUrl}/0/public/SystemStatus`;
  const trusting = get(address, { agent: false, ca: readFileSync(ready.certificate ?? '') });
  const [response] = (await once(trusting, 'response')) as [IncomingMessage];
  expect(JSON.parse(await text(response))).toMatchObject({ error: [], result: { status: 'online' } });
  const distrusting = get(address, { agent: false });
  await expect(once(distrusting, 'response')).rejects.toThrow(/self-signed/);
});

test('--tape lets an order rest in a recorded market', async () => {
  const path = join(temporaryFolder(), 'tape.ndjson');
  recordSim(path);
  const ready = await readyOf(startKb('sim', '--tape', path, '--json'));
  expect(ready.symbols).toEqual(['BTC/USD']);
  const trader = accountOf(ready);
  const order = { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', price: '1000.0', volume: '0.01', oflags: 'post' };
  const added = await privately(ready.restUrl, trader, 'AddOrder', order);
  expect(added).toMatchObject({ error: [], result: { descr: { order: 'buy 0.01000000 XBTUSD @ limit 1000.0' } } });
  const { txid } = added.result as { txid: string[] };
  const open = await privately(ready.restUrl, trader, 'OpenOrders');
  expect(open).toMatchObject({ error: [], result: { open: { [txid[0] ?? '']: { status: 'open' } } } });
});

test('--tape with --verbatim serves the recorded bytes', async () => {
  const path = join(temporaryFolder(), 'tape.ndjson');
  recordSim(path);
  const recorded: string[] = [];
  for await (const { dir, raw } of readRecording(path)) {
    if (dir === 'rx' && Buffer.from(raw).toString().startsWith(BOOK_FRAME)) recorded.push(Buffer.from(raw).toString());
  }
  const kb = startKb('sim', '--tape', path, '--verbatim', '--json');
  const { url } = await readyOf(kb);
  const received: string[] = [];
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error('the socket failed')));
    socket.addEventListener('open', () => {
      socket.send(JSON.stringify({ method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 10 } }));
    });
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string' && data.startsWith(BOOK_FRAME)) received.push(data);
      if (received.length >= 5) resolve();
    });
  });
  expect(received.length).toBeGreaterThanOrEqual(5);
  expect(received).toEqual(recorded.slice(0, received.length));
  socket.close();
});

test('what --verbatim cannot go with ends with 2, all of it told', async () => {
  const alone = await failureOf('sim', '--verbatim');
  expect(alone).toMatchObject({ code: 'KB_CLI_USAGE', exitCode: 2 });
  expect(alone.message).toContain('--tape');
  const flags = ['--account', 'alice=USD:1', '--fault', 'crc', '--pairs', 'BTC/USD'];
  const together = await failureOf('sim', '--tape', 'x.ndjson', '--verbatim', ...flags);
  expect(together.exitCode).toBe(2);
  expect(together.message).toMatch(/3 problems.*--pairs: .*the accounts.*--fault/s);
});

test('a recording that is missing ends with 3, served as a market or verbatim', async () => {
  const path = join(temporaryFolder(), 'missing.ndjson');
  for (const flags of [[], ['--verbatim']]) {
    const failure = await failureOf('sim', '--tape', path, ...flags);
    expect(failure).toMatchObject({ code: 'KB_KRAKEN_RECORDING_MISSING', exitCode: 3 });
  }
});

test('facts measures a market in the time asked for, the same again for a seed', async () => {
  const argv = ['facts', '--for', '2m', '--seed', '7', '--pair', 'ETH/USD', '--flow', 'thin', '--json'];
  const first = await outputOf(...argv);
  const document = JSON.parse(first) as { facts: { statistic: string; verdict: string; target: string }[] };
  expect(document).toMatchObject({ pair: 'ETH/USD', flow: 'thin', seed: 7, seconds: 120 });
  const verdicts = document.facts.map(({ verdict }) => verdict);
  expect(verdicts.length).toBeGreaterThan(10);
  expect(new Set(verdicts)).toContain('pass');
  expect(await outputOf(...argv)).toBe(first);
});

test('facts can be stopped, and print nothing then', async () => {
  const { context, texts } = testContext();
  const stop = new AbortController();
  const ended = run(['facts', '--for', '1000h'], '0.0.0', { ...context, signal: stop.signal });
  setTimeout(() => stop.abort('SIGINT'), 1);
  expect([await ended, texts]).toEqual([0, { stdout: '', stderr: '' }]);
});

test('facts as text ends with how many rows pass; a flow or pair that is not there is refused', async () => {
  const table = await outputOf('facts', '--for', '1m', '--flow', 'thin');
  expect(table).toMatch(/\nBTC\/USD, thin, seed 1, 60 s: \d+ of \d+ rows pass\n$/);
  expect(await failureOf('facts', '--flow', 'wild', '--for', '0')).toMatchObject({ code: 'KB_CLI_USAGE', exitCode: 2 });
  const unknown = await failureOf('facts', '--pair', 'NOPE/USD');
  expect(unknown).toMatchObject({ code: 'KB_SIM_UNKNOWN_SYMBOL', exitCode: 3 });
});
