import type { Signal } from '../../../application/ports/driven/signals.js';
import type { Id } from '../../../domain/id.js';

// What is sent over a channel: a word and ids, separated by spaces. One session a notification, since a payload can
// have no more than 7,999 bytes and a user any number of sessions.

/** SQL that announces new entries in the logs of users; `ids` is an expression for their ids, separated by spaces. */
export const notifyEntries = (channel: string, ids: string): string => `pg_notify('${channel}', 'entries ' || ${ids})`;

/** SQL that announces the end of a session; `id` is an expression for its id. */
export const notifyEnded = (channel: string, id: string): string => `pg_notify('${channel}', 'ended ' || ${id})`;

/** What cannot be read was sent by another version: that there was something is still known. */
export function signalOf(payload: string): Signal {
  const [word, ...ids] = payload.split(' ') as [string, ...Id[]];
  if (word === 'entries' && ids.length > 0) return { kind: 'entries', userIds: ids };
  if (word === 'ended' && ids.length > 0) return { kind: 'sessions_ended', sessionIds: ids };
  return { kind: 'missed' };
}
