import type { Options } from 'tsup';

export const base: Options = {
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'node24',
  platform: 'node',
  outDir: 'dist',
  clean: true,
  sourcemap: true,
  dts: false, // declarations come from tsc: tsup cannot make them with TypeScript 7
  removeNodeProtocol: false, // the default turns node:sqlite into sqlite, which does not exist
};
