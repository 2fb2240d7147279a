/**
 * The same runs on every Node that is supported: `pnpm check:nodes [VERSION …]`.
 *
 * Runs the local exchange and a paper strategy in virtual time under this Node, the newest of the line before it and the oldest that the
 * packages allow, and compares the SHA-256 of both journals. Then a run of each other Node is run again from its journal under this one.
 * The other Nodes come from the registry, into npm's cache.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OTHERS = ['25.9.0', '24.15.0'];
const CLI = fileURLToPath(new URL('../apps/runner/src/cli.ts', import.meta.url));
/** Every latency draw, queue model and fee rule takes part. */
const RUNS: readonly (readonly string[])[] = [
  ['demo', '--speed=max', '--for=120s', '--latency=home'],
  ['demo', '--speed=max', '--for=60s', '--seed=7', '--latency=30ms'],
  ['paper', '--source=sim', '--strategy=probe', '--speed=max', '--for=60s', '--latency=us-east', '--volume=48000'],
];

interface Hashes {
  readonly folder: string;
  readonly inputHash: string;
  readonly outputHash: string;
}

const folder = mkdtempSync(join(tmpdir(), 'kb-nodes-'));
try {
  const given = process.argv.slice(2);
  check(given.length === 0 ? OTHERS : given);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function check(versions: readonly string[]): void {
  const here = RUNS.map((args, index) => runUnder(process.execPath, args, `here-${index}`));
  for (const [index, { inputHash, outputHash }] of here.entries()) {
    tell(`${process.version}  ${RUNS[index]?.join(' ')}\n  inputs ${inputHash}\n  outputs ${outputHash}`);
  }
  for (const version of versions) {
    const node = nodeOf(version);
    for (const [index, args] of RUNS.entries()) {
      const there = runUnder(node, args, `${version}-${index}`);
      const was = here[index];
      if (there.inputHash !== was?.inputHash || there.outputHash !== was.outputHash) {
        fail(`v${version}  ${args.join(' ')}\n  inputs ${there.inputHash}\n  outputs ${there.outputHash}: DIFFERENT`);
        continue;
      }
      const { status, stdout } = kb(process.execPath, ['replay', there.folder, '--diff']);
      if (status === 0) tell(`v${version}  ${args.join(' ')}  the same, and the same again under ${process.version}`);
      else fail(`v${version}  ${args.join(' ')}  is not the same again under ${process.version}: ${stdout}`);
    }
  }
}

function runUnder(node: string, args: readonly string[], name: string): Hashes {
  const { status, stdout, stderr } = kb(node, [...args, '--json', `--runs=${join(folder, name)}`]);
  if (status !== 0) throw new Error(`${node} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as Hashes;
}

function kb(node: string, args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(node, ['--conditions=@kb/source', CLI, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 });
}

/** Where a Node of another version lies; it is fetched if need be. */
function nodeOf(version: string): string {
  const kind = `${process.platform}-${process.arch}`;
  const name = kind === 'darwin-arm64' ? `node-bin-${kind}` : `node-${kind}`;
  const args = ['exec', '--yes', `--package=${name}@${version}`, '--', 'node', '-p', 'process.execPath'];
  // Elsewhere: the registry's files of this workspace are pnpm's.
  return execFileSync('npm', args, { cwd: folder, encoding: 'utf8' }).trim();
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}

function fail(text: string): void {
  process.exitCode = 1;
  tell(text);
}
