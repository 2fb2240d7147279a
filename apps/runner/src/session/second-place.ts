import { SecondLocation } from '@kb/feed';
import type { LocationEvent, LocationStatus } from '@kb/feed';
import { microsToIso } from '@kb/model';
import type { Scheduler } from '@kb/model';
import { formatSize } from '../data-size.ts';
import type { SecondPlace } from '../options.ts';

/** The second location of a recording. */
export function secondLocationOf(
  { folder, isFolder, keepSize }: SecondPlace,
  scheduler: Scheduler,
  tell: (line: string) => void,
): SecondLocation {
  return new SecondLocation({
    folder,
    kind: isFolder ? 'folder' : 'mount',
    ...(keepSize !== undefined && { keepBytes: keepSize }),
    scheduler,
    onEvent: (event) => tell(`${microsToIso(event.at).slice(11, 19)}  second location ${textOf(event)}`),
  });
}

/** How it ended: what lies there, and what does not. */
export function placeText({ state, detail, bytesLeft, lost, files }: LocationStatus): string {
  const missing = bytesLeft === 0 ? '' : `, ${formatSize(bytesLeft)} are not there`;
  const gone = lost === 0 ? '' : `, ${lost} segments were removed before they were copied`;
  const why = detail === '' ? '' : ` (${detail})`;
  const copies = files.map(
    ({ name, size, copied }) => `  ${name}  ${formatSize(copied)}${copied < size ? ` of ${formatSize(size)}` : ''}\n`,
  );
  return `second location ${state}${why}${missing}${gone}\n${copies.join('')}`;
}

function textOf(event: LocationEvent): string {
  switch (event.type) {
    case 'state': {
      const left = event.bytesLeft === 0 ? '' : `, ${formatSize(event.bytesLeft)} to copy`;
      return `${event.state}${event.detail === '' ? '' : `: ${event.detail}`}${left}`;
    }
    case 'renamed':
      return `holds something else under that name: ${event.path} is copied to ${event.name}`;
    case 'lost':
      return `LOST ${formatSize(event.bytes)}: ${event.path} was removed before it was copied`;
    case 'removed':
      return `removed the old copy ${event.name}, ${formatSize(event.bytes)}`;
    case 'ledger-unreadable':
      return `has an unreadable list of copies, which are compared byte by byte: ${event.detail}`;
  }
}
