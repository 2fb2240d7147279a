import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';

const roots = ['packages', 'apps'].flatMap((top) =>
  readdirSync(new URL(top, import.meta.url)).map((name) => `${top}/${name}`),
);

export default defineConfig({
  ssr: { resolve: { conditions: ['@kb/source'] } }, // workspace packages come from src
  test: {
    pool: 'threads',
    isolate: false,
    testTimeout: 30_000, // a busy two-core machine is slow, not wrong
    projects: [...roots, 'scripts'].map((root) => ({
      extends: true,
      root,
      test: { name: basename(root), include: ['test/**/*.test.ts'] },
    })),
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
      reporter: ['text-summary', 'lcov'],
    },
  },
});
