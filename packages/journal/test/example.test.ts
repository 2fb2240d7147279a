import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { keepAJournal } from '../examples/keep-a-journal.ts';

test('the example of the README says what the README says', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(readme).toContain((await keepAJournal()).join('\n'));
});
