import type { Command as Commander } from 'commander';
import { CliError } from '../cli-error.ts';
import { QUEUE_MODEL_CHOICES } from '../options.ts';
import type { Appraisal } from '../options.ts';
import type { FlagReader } from './raw-options.ts';

/** By what a run's fills are judged, and its own size. */
export function addAppraisalFlags(command: Commander): Commander {
  return command
    .option(
      '--models <models>',
      'queue models that the P&L is told between: all, or three, the central one and both ends (default: all)',
    )
    .option('--participation-alarm <share>', 'own fills above this share of what trades in a minute are suspect (0.1)')
    .option('--impact-factor <factor>', 'Y of the square root law that own size is charged by (0.8)')
    .option(
      '--daily-volatility <fraction>',
      "standard deviation of a day's return, such as 0.02; estimated from the run unless told",
    )
    .option('--daily-volume <amount>', 'what trades in a day, base currency; estimated from the run unless told');
}

/** Reads them; problems stay with the reader. */
export function readAppraisal(reader: FlagReader): Appraisal {
  return {
    models: reader.oneOf('models', QUEUE_MODEL_CHOICES),
    participationAlarm: reader.parsed('participationAlarm', parseShare),
    impactFactor: reader.parsed('impactFactor', parseFigure),
    dailyVolatility: reader.parsed('dailyVolatility', parseFigure),
    dailyVolume: reader.parsed('dailyVolume', parseFigure),
  };
}

function parseShare(text: string): string {
  if (isFigure(text) && Number(text) <= 1) return text;
  throw new CliError('KB_CLI_USAGE', `expected a share above 0, up to 1, such as 0.1, was ${JSON.stringify(text)}`);
}

function parseFigure(text: string): string {
  if (isFigure(text)) return text;
  throw new CliError('KB_CLI_USAGE', `expected a number above 0 such as 0.02, was ${JSON.stringify(text)}`);
}

function isFigure(text: string): boolean {
  return /^\d{1,15}(?:\.\d{1,15})?$/.test(text) && Number(text) > 0;
}
