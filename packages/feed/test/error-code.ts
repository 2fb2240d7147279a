import { KbError } from '@kb/model';

/** The code of the error that a call throws. */
export function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return codeFrom(error);
  }
  return undefined;
}

/** The code of the error that a promise ends with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(() => undefined, codeFrom);
}

function codeFrom(error: unknown): string {
  if (error instanceof KbError) return error.code;
  throw error;
}
