import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { runKb, startKb, temporaryFolder } from './kb.ts';
import type { KbResult } from './kb.ts';

/** A port of this machine that is taken, or that nobody listens on. */
async function port(state: 'taken' | 'closed'): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: number } = server.address() as AddressInfo;
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  if (state === 'taken') onTestFinished(close);
  else await close();
  return number;
}

function expectFailure(result: KbResult, exitCode: number, code: string): void {
  expect(result.stderr).toContain(`error ${code}  `);
  expect(result.stderr).toContain('\n  try: ');
  expect(result.stderr).not.toMatch(/\n\s+at /);
  expect(result.exitCode).toBe(exitCode);
}

test('--help names every command, --version the version', async () => {
  const [help, version] = await Promise.all([runKb('--help'), runKb('--version')]);
  expect(help.stdout).toMatch(/demo.*paper.*record.*replay.*sim.*facts/s);
  expect(version.stdout).toMatch(/^kb \d+\.\d+\.\d+\n$/);
  expect([help.exitCode, version.exitCode]).toEqual([0, 0]);
  expect([help.stderr, version.stderr]).toEqual(['', '']);
});

test('flags without a command mean demo, and every problem is told at once', async () => {
  const result = await runKb('--for=soon', '--sede', '7', '--json');
  expectFailure(result, 2, 'KB_CLI_USAGE');
  expect(result.stderr).toContain('unknown flag --sede (did you mean --seed?)');
  expect(result.stderr).toContain('--for: expected a duration');
  expect(JSON.parse(result.stdout)).toMatchObject({
    error: { code: 'KB_CLI_USAGE', exitCode: 2, hint: 'kb demo --help' },
  });
});

test('a latency is a time or a profile, and there is no default', async () => {
  const [wrong, none] = await Promise.all([runKb('paper', '--latency', 'hom'), runKb('paper')]);
  expectFailure(wrong, 2, 'KB_CLI_USAGE');
  expect(wrong.stderr).toContain(
    '--latency: expected a time such as 30ms, eu-vps, home, us-east, or a .json file, was "hom" (did you mean home?)',
  );
  expectFailure(none, 2, 'KB_CLI_USAGE');
  expect(none.stderr).toContain('zero would flatter the result');
});

test('what an account pays is given once, and a tier by its name', async () => {
  const flags = ['--fees', '0.0025,0.0040', '--volume', '48000', '--venue-tier', 'pro1'];
  const [both, wrong] = await Promise.all([
    runKb('paper', '--latency', '30ms', ...flags),
    runKb('paper', '--latency', '30ms', '--fees', '25,40', '--volume', 'much'),
  ]);
  expectFailure(both, 2, 'KB_CLI_USAGE');
  expect(both.stderr).toContain('--volume goes with --fees tier');
  expect(both.stderr).toContain('--venue-tier: expected starter, intermediate, pro, was "pro1" (did you mean pro?)');
  expect(wrong.stderr).toContain('--fees: expected fractions such as 0.0025,0.0040');
  expect(wrong.stderr).toContain('--volume: expected US dollars such as 48000, was "much"');
});

test('by what fills and own size are judged is checked with everything else', async () => {
  const flags = ['--models', 'tree', '--participation-alarm', '10', '--impact-factor', '0'];
  const [paper, demo] = await Promise.all([
    runKb('paper', ...flags, '--daily-volatility', '2%', '--daily-volume', '-5'),
    runKb('demo', '--for', 'soon', ...flags),
  ]);
  expectFailure(paper, 2, 'KB_CLI_USAGE');
  expect(paper.stderr).toContain('6 problems:');
  expect(paper.stderr).toContain('--latency: say how long');
  expect(paper.stderr).toContain('--models: expected three, all, was "tree" (did you mean three?)');
  expect(paper.stderr).toContain('--participation-alarm: expected a share above 0, up to 1, such as 0.1, was "10"');
  expect(paper.stderr).toContain('--impact-factor: expected a number above 0 such as 0.02, was "0"');
  expect(paper.stderr).toContain('--daily-volatility: expected a number above 0 such as 0.02, was "2%"');
  expect(paper.stderr).toContain('--daily-volume: expected a number above 0 such as 0.02, was "-5"');
  expectFailure(demo, 2, 'KB_CLI_USAGE');
  expect(demo.stderr).toContain('4 problems:');
  expect(demo.stderr).toContain('--models: expected three, all');
});

test('an unknown command is a usage error with a suggestion', async () => {
  const result = await runKb('reply', 'x');
  expectFailure(result, 2, 'KB_CLI_USAGE');
  expect(result.stderr).toContain('did you mean replay?');
});

test('what the flags of a command contradict is told together', async () => {
  const result = await runKb(
    'record',
    '--channels',
    'trade,bok',
    '--pair',
    'btcusd',
    '--depth',
    '11',
    '--url',
    'http://x',
  );
  expectFailure(result, 2, 'KB_CLI_USAGE');
  expect(result.stderr).toContain('5 problems');
  expect(result.stderr).toContain('expected a pair such as BTC/USD, was "btcusd" (did you mean BTC/USD?)');
});

test('a recording that is missing, cut or not a recording ends with 3', async () => {
  const folder = temporaryFolder();
  const [cut, noise] = [join(folder, 'cut.ndjson.gz'), join(folder, 'noise.ndjson')];
  writeFileSync(cut, gzipSync(`{"ts":"1000","dir":"rx","raw":"{}"}\n`.repeat(50)).subarray(0, 40));
  writeFileSync(noise, 'no recording\n');
  const [missing, truncated, unreadable] = await Promise.all([
    runKb('replay', join(folder, 'missing'), '--verify', '--json'),
    runKb('replay', cut, '--verify'),
    runKb('replay', noise, '--verify'),
  ]);
  expectFailure(missing, 3, 'KB_KRAKEN_RECORDING_MISSING');
  expect(JSON.parse(missing.stdout)).toMatchObject({ error: { code: 'KB_KRAKEN_RECORDING_MISSING', exitCode: 3 } });
  expectFailure(truncated, 3, 'KB_CLI_NOTHING_TO_VERIFY');
  expect(truncated.stderr).toContain(cut);
  expectFailure(unreadable, 3, 'KB_CLI_NOTHING_TO_VERIFY');
  expect(unreadable.stderr).toContain(`${noise}:1: `);
  expect(unreadable.stdout).toBe('');
});

test('a port in use ends with 4', async () => {
  const taken = await port('taken');
  const result = await runKb('sim', '--port', String(taken));
  expectFailure(result, 4, 'KB_SIM_PORT_IN_USE');
  expect(result.stderr).toContain(String(taken));
});

test('an exchange that cannot be reached ends with 5, and says what failed', async () => {
  const url = `ws://127.0.0.1:${await port('closed')}/v2`;
  const result = await runKb('record', '--url', url, '--connect-timeout', '300ms', '--out', temporaryFolder());
  expectFailure(result, 5, 'KB_CLI_UNREACHABLE');
  expect(result.stderr).toContain('ECONNREFUSED');
});

test('a pair that the exchange does not know ends with 3, naming it', async () => {
  const sim = startKb('sim', '--json');
  const { url } = JSON.parse(await sim.firstLine) as { url: string };
  const result = await runKb('record', '--url', url, '--pair', 'NOPE/USD', '--out', temporaryFolder());
  expectFailure(result, 3, 'KB_FEED_REFUSED');
  expect(result.stderr).toContain('NOPE/USD');
});

test('what is recorded from the local exchange can be verified, and Ctrl-C ends the exchange cleanly', async () => {
  const sim = startKb('sim', '--json');
  const { url } = JSON.parse(await sim.firstLine) as { url: string };
  const recording = await runKb(
    'record',
    '--url',
    url,
    '--for',
    '300ms',
    '--depth',
    '10',
    '--json',
    '--out',
    temporaryFolder(),
  );
  expect(recording.exitCode).toBe(0);
  const { paths, frames } = JSON.parse(recording.stdout) as { paths: string[]; frames: number };
  expect(frames).toBeGreaterThan(5);

  const verified = await runKb('replay', paths[0] ?? '', '--verify', '--json');
  const document = JSON.parse(verified.stdout) as { symbols: Record<string, { checksumOk: number }> };
  expect(verified.exitCode).toBe(0);
  expect(document.symbols['BTC/USD']?.checksumOk).toBeGreaterThan(0);

  sim.child.kill('SIGINT');
  expect(await sim.ended).toMatchObject({ exitCode: 130, stderr: '' });
});

test('SIGTERM ends cleanly with 143', async () => {
  const sim = startKb('sim', '--json');
  await sim.firstLine;
  sim.child.kill('SIGTERM');
  expect((await sim.ended).exitCode).toBe(143);
});

test('a reader that goes away (kb demo | head) is no bug: the run ends cleanly, with its summary in the folder', async () => {
  const runs = temporaryFolder();
  const kb = startKb('demo', '--runs', runs);
  await kb.firstLine;
  kb.child.stdout?.destroy();
  expect(await kb.ended).toMatchObject({ exitCode: 0, stderr: '' });
  const folder = join(runs, 'latest-demo');
  expect(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))).toMatchObject({ status: 'ended', exitCode: 0 });
});
