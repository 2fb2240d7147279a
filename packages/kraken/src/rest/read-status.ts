import type { SystemStatus } from '@kb/model';
import { textToMicros } from '../wire-time.ts';
import type { ServerTime, SystemStatusAnswer } from './answers.ts';
import type { Place } from './place.ts';

const SYSTEM_STATUSES: readonly SystemStatus[] = ['online', 'cancel_only', 'maintenance', 'post_only'];

/** `{"unixtime":1688669448,"rfc1123":"Thu, 06 Jul 23 18:50:48 +0000"}` */
export function readServerTime(result: Place): ServerTime {
  return { venueTs: result.member('unixtime').seconds(), rfc1123: result.member('rfc1123').text() };
}

/** `{"status":"online","timestamp":"2023-07-06T18:52:00Z"}` */
export function readSystemStatus(result: Place): SystemStatusAnswer {
  const timestamp = result.member('timestamp');
  const venueTs = textToMicros(timestamp.text());
  if (venueTs === undefined) throw timestamp.fail('expected an RFC 3339 time in UTC');
  return { system: result.member('status').oneOf(SYSTEM_STATUSES), venueTs };
}
