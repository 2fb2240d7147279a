import { FeedCore } from '@kb/feed';
import type { SessionInput } from './input.ts';
import type { OutputSink } from './output.ts';
import { PaperSession } from './paper-session.ts';
import { checkPaperSessionConfig } from './session-config.ts';
import type { PaperSessionConfig } from './session-config.ts';
import type { RunSummary } from './summary.ts';

/**
 * Runs recorded inputs again, as fast as they come: the same inputs give the same output records, byte for byte.
 * @throws EngineError `KB_ENGINE_BAD_CONFIG`; whatever `inputs` or `output` throws comes through.
 */
export async function rerun(
  config: PaperSessionConfig,
  inputs: Iterable<SessionInput> | AsyncIterable<SessionInput>,
  output: OutputSink,
): Promise<RunSummary> {
  const { session, handle } = recordedSession(config, output);
  for await (const input of inputs) handle(input);
  return session.finish();
}

/** A session that lives by recorded inputs, one at a time. */
export function recordedSession(
  config: PaperSessionConfig,
  output: OutputSink,
): { readonly session: PaperSession; readonly handle: (input: SessionInput) => void } {
  checkPaperSessionConfig(config);
  const { symbols, depth, allowUnverified = false } = config;
  const core: FeedCore = new FeedCore({
    symbols,
    depth,
    allowUnverified,
    onEvent: (event) => session.onEvent(event),
  });
  const session = new PaperSession(config, core.market, output);
  const handle = (input: SessionInput): void => {
    if (input.type === 'halt') session.halt(input.cause);
    else if (input.type === 'resume') session.resume();
    else core.handle(input);
  };
  return { session, handle };
}
