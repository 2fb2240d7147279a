import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test("the README's example is the one that runs, and prints what it says", async () => {
  const readme = textOf('../README.md');
  expect(readme).toContain(textOf('../examples/keep-a-journal.ts'));
  const temporary = mkdtempSync(join(tmpdir(), 'kb-journal-example-'));
  vi.stubEnv('TMPDIR', temporary);
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await import('../examples/keep-a-journal.ts');
    const printed = print.mock.calls.map((words: unknown[]) => words.join(' ')).join('\n');
    expect(readme).toContain(`\`\`\`text\n${printed}\n\`\`\``);
  } finally {
    print.mockRestore();
    vi.unstubAllEnvs();
    rmSync(temporary, { recursive: true, force: true });
  }
});
