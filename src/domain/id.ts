import { ValidationFailed } from './errors.js';
import type { Branded } from './text.js';

/** A UUID in lower case. Tradepost generates UUIDv7 (RFC 9562, 5.7), so ids sort in the order of their creation. */
export type Id = Branded<'Id'>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Accepts a UUID of any version, in upper or lower case. */
export function parseId(text: string): Id {
  const id = text.toLowerCase();
  if (!UUID.test(id)) throw ValidationFailed.of('must be an id: a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057');
  return id as Id;
}
