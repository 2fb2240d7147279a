import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientHints, startExchange } from '../../src/index.ts';
import type { RunningExchange } from '../../src/index.ts';

/*
 * What `kb sim` prints to point clients at it, run as it is printed. python-kraken-sdk is not installed here: its lines are read, not run.
 */

const run = promisify(execFile);
const has = (program: string, ...args: readonly string[]): Promise<boolean> =>
  run(program, args).then(
    () => true,
    () => false,
  );
const hasCurl = await has('curl', '--version');
const hasOpenssl = await has('openssl', 'version');
const hasPython = await has('python3', '--version');

/** Keys that an account file may hold: what they are made of must not end a text too early. */
const AWKWARD_KEY = `it's "one" \\ of $HOME`;
const SECRET = Buffer.from('a secret').toString('base64');
/** An account for each client: a key's nonces must rise, and these run at the same time. */
const ACCOUNTS = ['curl', 'ccxt', 'python'];

let folder = '';
/** Below the package, where node finds ccxt. */
let botFolder = '';
let plain: RunningExchange;
let secure: RunningExchange;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), `kb's hints `));
  botFolder = await mkdtemp(fileURLToPath(new URL('../../node_modules/.hints-', import.meta.url)));
  const accounts = ACCOUNTS.map((name) => ({ name, balances: { USD: '100000', BTC: '2' } }));
  plain = await startExchange({ pairs: ['BTC/USD'], accounts, seed: 8 });
  secure = await startExchange({
    pairs: ['ETH/USD'],
    accounts,
    keys: ACCOUNTS.map((name) => ({ account: name, key: `${AWKWARD_KEY} ${name}`, secret: SECRET })),
    seed: 9,
    tls: { folder },
  });
});

afterAll(async () => {
  await plain.close();
  await secure.close();
  await rm(folder, { recursive: true });
  await rm(botFolder, { recursive: true });
});

/** The lines for a client as they are printed. */
function hintFor(client: string, account: string, at: RunningExchange): string {
  const { restUrl, wsUrl, certificate, exchange } = at;
  const { apiKey: key, secret } = at.credentials(account);
  const [symbol = ''] = exchange.symbols;
  const hints = clientHints({ restUrl, wsUrl, key, secret, certificate, symbol });
  return hints.find((hint) => hint.client === client)?.lines.join('\n') ?? '';
}

/** The command that the first line of a program says it is run by. */
function commandOf(program: string): string {
  return /^.* then: (.*)$/m.exec(program)?.[1] ?? '';
}

async function shell(script: string, cwd = folder): Promise<string> {
  // The node that runs the tests, whatever else is installed; certificates of the machine it is on do not count.
  const { NODE_EXTRA_CA_CERTS: _trusted, ...env } = process.env;
  const PATH = `${dirname(process.execPath)}${delimiter}${env['PATH']}`;
  const { stdout } = await run('sh', ['-c', script], { cwd, env: { ...env, PATH }, timeout: 25_000 });
  return stdout;
}

async function shellJson(script: string): Promise<unknown> {
  return JSON.parse(await shell(script));
}

describe('the printed lines', () => {
  test.skipIf(!hasCurl)('curl shows the book of the pair that is traded, with and without TLS', async () => {
    const level = [expect.any(String), expect.any(String), expect.any(Number)];
    const book = { asks: [level, level], bids: [level, level] };
    expect(await shellJson(hintFor('curl', 'curl', plain))).toEqual({ error: [], result: { XXBTZUSD: book } });
    expect(await shellJson(hintFor('curl', 'curl', secure))).toEqual({ error: [], result: { XETHZUSD: book } });
  });

  test.skipIf(!hasCurl || !hasOpenssl)('curl shows the balances, by a call that openssl signs', async () => {
    const balances = { error: [], result: { ZUSD: '100000.0000', XXBT: '2.0000000000' } };
    expect(await shellJson(hintFor('curl, private', 'curl', plain))).toEqual(balances);
    expect(await shellJson(hintFor('curl, private', 'curl', secure))).toEqual(balances);
  });

  test.concurrent.each([
    ['without', () => plain],
    ['with', () => secure],
  ])('ccxt shows the balances and the best bid, %s TLS', async (name, at) => {
    const program = hintFor('ccxt', 'ccxt', at());
    await writeFile(join(botFolder, `${name}.mjs`), program);
    const command = commandOf(program).replace('bot.mjs', `${name}.mjs`);
    expect(await shell(command, botFolder)).toMatch(
      /^\{ USD: 100000, BTC: 2 \} \[ \d+(\.\d+)?, \d+(\.\d+)?(e-\d+)? \]\n$/,
    );
  });

  test.skipIf(!hasPython)('python reads what is written for python-kraken-sdk, and is told whom to trust', async () => {
    const read = `import ast, json, sys
told = [ast.literal_eval(node.value) for node in ast.parse(sys.argv[1]).body if isinstance(node, ast.Assign)]
print(json.dumps(told))`;
    for (const at of [plain, secure]) {
      const program = hintFor('python-kraken-sdk', 'python', at);
      const { apiKey, secret } = at.credentials('python');
      const { stdout } = await run('python3', ['-c', read, program]);
      expect(JSON.parse(stdout)).toEqual([
        [at.restUrl, at.wsUrl, at.wsUrl],
        [apiKey, secret],
      ]);
      expect(commandOf(program)).toMatch(/python bot\.py$/);
    }
    const environment = await shell(
      commandOf(hintFor('python-kraken-sdk', 'python', secure)).replace('python bot.py', 'env'),
    );
    expect(environment).toContain(`REQUESTS_CA_BUNDLE=${secure.certificate}\n`);
    expect(environment).toContain(`SSL_CERT_FILE=${secure.certificate}\n`);
    expect(commandOf(hintFor('python-kraken-sdk', 'python', plain))).toBe('python bot.py');
  });
});
