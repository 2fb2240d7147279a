import { expect, test } from 'vitest';
import { assertNever, KbError, ModelError } from '../src/index.ts';

test('an error carries its code, its cause and what to do', () => {
  const cause = new Error('below');
  const error = new KbError('KB_TEST_FAILED', 'Expected a, was b', { cause, hint: 'Try a.' });
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.code, error.message, error.hint, error.cause]).toEqual([
    'KbError',
    'KB_TEST_FAILED',
    'Expected a, was b',
    'Try a.',
    cause,
  ]);
});

test('without a cause or hint it has none', () => {
  const error = new ModelError('KB_MODEL_OFF_GRID', 'text');
  expect([error.name, error.hint, Object.hasOwn(error, 'cause')]).toEqual(['ModelError', undefined, false]);
});

test('an unexpected variant is shown', () => {
  expect(() => assertNever({ type: 'new' } as never)).toThrow('Unexpected variant: {"type":"new"}');
});
