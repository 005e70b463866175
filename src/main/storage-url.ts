export type StorageAddress =
  | { readonly kind: 'postgres' | 'mongo'; readonly url: string }
  | { readonly kind: 'embedded'; readonly directory: string }
  | { readonly kind: 'memory' };

export const STORAGE_URL_FORMS =
  'postgres://user:password@host:port/database, mongodb://user:password@host:port/database, file:DIRECTORY or memory:';

/** The store a URL names, or null where it names none of ours. */
export function parseStorageUrl(text: string): StorageAddress | null {
  if (text === 'memory:') return { kind: 'memory' };
  if (/^file:./.test(text)) return { kind: 'embedded', directory: text.slice('file:'.length) };
  if (/^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text)) return { kind: 'postgres', url: text };
  // Several hosts, as replica sets have, make an address that `URL` does not parse; the driver checks the rest.
  if (/^mongodb(?:\+srv)?:\/\/(?:[^@/?]*@)?[^@/?]+(?:[/?]|$)/.test(text)) return { kind: 'mongo', url: text };
  return null;
}
