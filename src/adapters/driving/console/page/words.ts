import type { ClientError } from '../../../client/index.js';

/** A message for one field of a form. */
export interface FieldMessage {
  readonly field: string;
  readonly message: string;
}

export interface FieldNames {
  readonly name: string;
  readonly label: string;
  /** JSON Pointers of the input that the field's value is sent as; `/name` if left out. */
  readonly pointers?: readonly string[];
}

/** What went wrong, in the words of the page: at its fields, and otherwise for the whole form. */
export interface Explanation {
  readonly fields: readonly FieldMessage[];
  readonly message: string | null;
}

export const NO_ANSWER = 'The server does not answer.';

/** Codes that belong to one field, if the form has it. */
const FIELD_CODES: Readonly<Record<string, readonly [field: string, message: string]>> = {
  email_taken: ['email', 'There is already an account with this e-mail address.'],
  username_taken: ['username', 'This username is taken. Choose another one.'],
  weak_password: ['password', ''],
  recipient_not_found: ['recipient', 'There is no user with this name or e-mail address.'],
  self_trade: ['recipient', 'This is you. Choose somebody else.'],
};

const MESSAGES: Readonly<Record<string, string>> = {
  invalid_credentials: 'The account and the password do not match. Check both and try again.',
  card_not_owned: 'The card is not yours any more.',
  card_not_found: 'The card does not exist any more.',
  session_not_found: 'The session had already ended.',
  internal: 'Something went wrong on the server. Try again.',
  unreachable: `${NO_ANSWER} What you entered is kept. Try again in a moment.`,
};

/** Explains an error of a request that was sent from a form with these fields. */
export function explain(error: ClientError, fields: readonly FieldNames[]): Explanation {
  const [name, message = ''] = FIELD_CODES[error.code] ?? [];
  if (fields.some(field => field.name === name))
    return { fields: [{ field: name ?? '', message: message || error.message }], message: null };
  const found: FieldMessage[] = [];
  const others: string[] = [];
  for (const { pointer, detail } of error.problem?.errors ?? []) {
    const field = fields.find(each => (each.pointers ?? [`/${each.name}`]).includes(pointer));
    if (field) found.push({ field: field.name, message: sentence(field.label, detail) });
    else others.push(sentence('The input', detail));
  }
  if (found.length + others.length === 0) return { fields: [], message: messageFor(error) };
  return { fields: found, message: others.length > 0 ? others.join(' ') : null };
}

export function messageFor({ code, message, retryAfter }: ClientError): string {
  if (code === 'rate_limited' || code === 'overloaded')
    return `There are too many requests. Try again ${soon(retryAfter)}.`;
  return MESSAGES[code] ?? message;
}

const soon = (seconds: number | null): string => {
  if (seconds === null || seconds <= 1) return 'in a moment';
  return seconds < 120 ? `in ${seconds} seconds` : `in ${Math.ceil(seconds / 60)} minutes`;
};

/** The server's details begin with "must" and have no full stop. */
function sentence(label: string, detail: string): string {
  const text = /^[a-z]/.test(detail) ? `${label} ${detail}` : detail;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Returns how a recipient is named in the input of a trade. */
export const recipientOf = (text: string): { email: string } | { username: string } =>
  text.includes('@') ? { email: text } : { username: text };

/** Returns the first character as a reader sees it, in upper case. */
export function initialOf(name: string): string {
  const [first] = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(name.trim());
  return (first?.segment ?? '').toLocaleUpperCase('en');
}

/** One of 6 tints, the same for the same card. */
export const tintOf = (id: string): number => [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6;

/** Names of browsers in a `User-Agent`. The order matters: most of them also name others (RFC 9110, 10.1.5). */
const BROWSERS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\bEdg(?:e|A|iOS)?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:Headless)?(?:Chrome|CriOS)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+).*\bSafari\//, 'Safari'],
];

const SYSTEMS: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/** Returns a program's name for people, such as `Firefox 140 on Linux`. */
export function describeProgram(userAgent: string | null): string {
  if (userAgent === null || userAgent.trim() === '') return 'Unknown program';
  const system = SYSTEMS.find(([mark]) => mark.test(userAgent))?.[1];
  for (const [mark, name] of BROWSERS) {
    const version = mark.exec(userAgent)?.[1];
    if (version !== undefined) return `${name} ${version}${system === undefined ? '' : ` on ${system}`}`;
  }
  return userAgent.split(' ')[0] ?? userAgent;
}
