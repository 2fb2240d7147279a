import type { Command as Commander } from 'commander';
import { micros } from '@kb/model';
import type { CommonOptions, ResumeOptions } from '../options.ts';
import type { FlagReader } from './raw-options.ts';
import { readSecondPlace } from './record-flags.ts';

/** What a run that goes on may be told anew, by option name; everything else is as its journal says. */
const FREE = ['resume', 'for', 'url', 'connectTimeout', 'secondLocation', 'secondLocationIsFolder', 'json', 'color'];

/** Reads the flags of `kb paper --resume RUN`; problems stay with the reader. */
export function readResume(reader: FlagReader, command: Commander, common: CommonOptions): ResumeOptions {
  for (const option of command.options) {
    const name = option.attributeName();
    if (FREE.includes(name) || command.getOptionValueSource(name) !== 'cli') continue;
    reader.problem(`${option.long ?? name}: does not go with --resume, a run goes on as it was configured`);
  }
  return {
    ...common,
    resume: reader.text('resume') ?? '',
    url: command.getOptionValueSource('url') === 'cli' ? reader.url('url') : undefined,
    connectTimeout: reader.duration('connectTimeout', 's') ?? micros(0),
    second: readSecondPlace(reader),
    for: reader.duration('for', 's'),
    runs: '',
  };
}
