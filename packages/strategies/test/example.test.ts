import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';

const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test("the README's example is the one that runs, and prints what it says", async () => {
  const readme = textOf('../README.md');
  expect(readme).toContain(textOf('../examples/quote-a-market.ts'));
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('../examples/quote-a-market.ts');
  const printed = print.mock.calls.map(([line]) => String(line)).join('\n');
  print.mockRestore();
  expect(readme).toContain(`\`\`\`text\n${printed}\n\`\`\``);
  expect(printed).toContain('"side":"buy","price":"29923.3","size":"0.00333333"');
});
