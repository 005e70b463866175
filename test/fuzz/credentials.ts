import { sign } from 'cookie-signature';
import fc from 'fast-check';
import { SECRET } from './world.js';

/** How a request says who sends it. */
export interface Credentials {
  readonly carrier: 'none' | 'bearer' | 'cookie';
  /** The number of the token. */
  readonly token: number;
  readonly tampering: Tampering | null;
}

type Tampering =
  | { readonly kind: 'cut' | 'twice'; readonly at: number }
  | { readonly kind: 'replace' | 'insert'; readonly at: number; readonly text: string };

const tampering: fc.Arbitrary<Tampering> = fc.oneof(
  fc.record({ kind: fc.constantFrom('cut' as const, 'twice' as const), at: fc.nat(120) }),
  fc.record({
    kind: fc.constantFrom('replace' as const, 'insert' as const),
    at: fc.nat(120),
    text: fc.constantFrom('A', 'a', '.', '=', '%00', '__proto__', '\u00ff', '"', '\\'),
  }),
);

const NONE: Credentials = { carrier: 'none', token: 0, tampering: null };

/** Half of the time none where no session is needed. */
export const credentialsFor = ({ needsSession }: { readonly needsSession: boolean }): fc.Arbitrary<Credentials> =>
  needsSession ? any : fc.oneof(any, fc.constant(NONE));

/** Mostly those of the first session, whose user owns most of what is in the store. */
const any: fc.Arbitrary<Credentials> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      carrier: fc.constantFrom('bearer' as const, 'cookie' as const),
      token: fc.constant(0),
      tampering: fc.constant(null),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      carrier: fc.constantFrom('bearer' as const, 'cookie' as const),
      token: fc.nat(3),
      tampering: fc.option(tampering, { freq: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant(NONE) },
);

/** The headers of a request with these credentials. Cookies come from a page of the server itself. */
export function headersOf(
  { carrier, token, tampering: tampered }: Credentials,
  tokens: readonly string[],
  origin: string,
): Record<string, string> {
  const plain = tokens[token] ?? '';
  if (carrier === 'none') return {};
  if (carrier === 'bearer') return { authorization: `Bearer ${tamper(plain, tampered, ' ')}` };
  const signed = sign(plain, SECRET);
  return { cookie: `session=${tamper(signed, tampered, '; session=')}`, origin };
}

/** Returns text that is never `value`, unless nothing is done to it. */
function tamper(value: string, done: Tampering | null, separator: string): string {
  if (done === null) return value;
  const at = done.at % value.length;
  const [before, after] = [value.slice(0, at), value.slice(at)];
  switch (done.kind) {
    case 'cut':
      return before;
    case 'twice':
      return `${value}${separator}${value}`;
    case 'insert':
      return `${before}${done.text}${after}`;
    case 'replace':
      return after.startsWith(done.text) ? `${before}${after.slice(1)}` : `${before}${done.text}${after.slice(1)}`;
  }
}
