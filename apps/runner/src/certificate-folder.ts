import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the local exchange keeps its certificate unless told otherwise: state, by the rules of the XDG base directories. */
export function certificateFolder(env: Readonly<Record<string, string | undefined>>): string {
  const state = env['XDG_STATE_HOME'];
  return join(
    state === undefined || state === '' ? join(homedir(), '.local', 'state') : state,
    'kb',
    'sim-certificate',
  );
}
