/** What stands in the place of a token for everybody but the venue. */
export const HIDDEN = '***';

/** As much of a message as is shown. */
const MOST = 200;

/** Tokens, keys and signatures are long runs of these; words are not. */
const SECRET_LIKE = /[\w+/=-]{24,}/g;

/**
 * What may be shown of an error that somebody else's code threw while it handled secrets: its code or class and the beginning of its
 * message on one line, without anything that looks like a secret. Of what is no error, nothing.
 * @param secret One that is known, wherever it stands.
 */
export function safeErrorText(error: unknown, secret: string | undefined): string {
  if (!(error instanceof Error)) return 'something that is no error was thrown';
  const code =
    'code' in error && typeof error.code === 'string' && /^\w{1,64}$/.test(error.code) ? error.code : undefined;
  const kind = code ?? (error.name === 'Error' ? undefined : error.name);
  const message = kind === undefined ? error.message : `${kind}: ${error.message}`;
  return short(withoutSecrets(message, secret));
}

/** A text without a secret that is known. */
export function withoutSecret(text: string, secret: string | undefined): string {
  return secret === undefined || secret === '' ? text : text.replaceAll(secret, HIDDEN);
}

function withoutSecrets(text: string, secret: string | undefined): string {
  return withoutSecret(text, secret).replaceAll(SECRET_LIKE, (run) =>
    /\d/.test(run) || run.length > 40 ? HIDDEN : run,
  );
}

function short(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > MOST ? `${line.slice(0, MOST)}…` : line;
}
