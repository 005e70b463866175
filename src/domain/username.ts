import type { Branded } from './branded.js';
import { ValidationFailed } from './errors.js';

/** A username as its owner wrote it. Two that differ only in case are the same: compare `usernameKey`. */
export type Username = Branded<'Username'>;

const USERNAME = /^[A-Za-z0-9_.-]{3,30}$/;

export function parseUsername(text: string): Username {
  if (!USERNAME.test(text)) {
    throw ValidationFailed.of('must have 3 to 30 characters of a-z, A-Z, 0-9, underscore, dot and hyphen');
  }
  return text as Username;
}

/** What is unique: the username in lower case (it is ASCII, so every locale agrees). */
export const usernameKey = (username: string): string => username.toLowerCase();
