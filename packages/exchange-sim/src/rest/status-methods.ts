import type { PublicMethod } from './call.ts';
import { isoSeconds, wholeSeconds } from './numbers.ts';

/** `{"unixtime":1688669448,"rfc1123":"Thu, 06 Jul 23 18:50:48 +0000"}` */
export const time: PublicMethod = ({ at }) => {
  // `Thu, 06 Jul 2023 18:50:48 GMT`: Kraken writes the year with two digits and the zone as an offset.
  const [weekday, day, month, year, clock] = new Date(wholeSeconds(at) * 1000).toUTCString().split(' ');
  return { unixtime: wholeSeconds(at), rfc1123: `${weekday} ${day} ${month} ${year?.slice(2)} ${clock} +0000` };
};

/**
 * What is planned for the next seven days: never anything, as this exchange knows of a change of its status when it happens.
 * @see https://docs.kraken.com/api-reference/market-data/get-maintenance-schedule
 */
export const maintenanceSchedule: PublicMethod = () => ({ events: [] });

export const systemStatus: PublicMethod = ({ venue, at }) => ({ status: venue.system, timestamp: isoSeconds(at) });
