/*
 * What may be logged of an error. Drivers put values into their errors: PostgreSQL the row that breaks a constraint,
 * MongoDB the duplicate key, Node the text that is not a URL. Such values are passwords, hashes and personal data of
 * users, and belong in no log (OWASP ASVS 5.0, 16.2.5; Logging Cheat Sheet, "Data to exclude").
 */

/** An error whose message Tradepost wrote for people. What it quotes are names, and never values of callers. */
export class PlainError extends Error {}

/** Characters of one message, and causes or parts of one error, at most. */
const LONGEST = 2000;
const DEEPEST = 5;

/**
 * Returns what is logged of a thrown error: its name, code, constraint, message without values, and the lines of its
 * stack; the same of its causes. Other properties are left out, such as `detail`, `where`, `parameters`, `keyValue` and
 * `input`. Of what is not an error only the type remains. Never throws.
 */
export function redactError(thrown: unknown): Error {
  try {
    return redact(thrown, 0);
  } catch {
    return new Error('an error that cannot be read was thrown');
  }
}

/** Returns the message of an error without values. */
export function redactMessage(error: Error): string {
  if (isValidation(error)) return error.issues.map(describeIssue).join('; ').slice(0, LONGEST);
  const text = redactText(error.message);
  return quotesNames(error) ? text : cutValues(text);
}

const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  // User and password of a URL, and its query, which may hold them too. The last @ ends the password.
  [/\b([a-z][a-z0-9+.-]*:\/\/)\S*@/gi, '$1…@'],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s?#"']*)[?#][^\s"']*/gi, '$1?…'],
  [/\$argon2[\w$=,+/.-]*/g, '$argon2…'],
  // Tokens, signed cookies, digests. A name in snake case has neither digits nor capital letters.
  [/\b(?=[\w-]*[A-Z0-9])[\w-]{40,}(?:\.[\w+/=-]+)?/g, '…'],
  // E-mail addresses.
  [/[^\s@…"'<>(){}[\],;:=|]+@[^\s@"'<>(){}[\],;:=|]+/g, '…@…'],
];

/** Replaces what is recognisably secret or personal in any text: credentials, hashes, tokens, digests, e-mail addresses. */
export function redactText(text: string): string {
  const redacted = REPLACEMENTS.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text);
  return redacted.slice(0, LONGEST);
}

/** Cuts what is quoted, in braces, or named as the value: the forms in which drivers and Node.js repeat values. */
const cutValues = (text: string): string =>
  text
    .replace(/ dup key:.*/s, ' dup key: …')
    .replace(/\bReceived\b.*/s, 'Received …')
    .replace(/\{.*\}/s, '{…}')
    // From the first quotation mark to the last, because a value may hold quotation marks.
    .replace(/(?<!\w)["'](?:.*["']|.*)/s, '"…"');

/** SQLSTATE classes whose messages quote only roles, databases and objects of the schema (PostgreSQL manual, appendix A). */
const NAMING_CLASSES = /^(?:08|23|25|28|3D|3F|40|42|53|55|57|58)/;

function quotesNames(error: Error): boolean {
  if (error instanceof PlainError) return true;
  const { code, severity, syscall } = error as { code?: unknown; severity?: unknown; syscall?: unknown };
  if (typeof severity === 'string' && typeof code === 'string') return NAMING_CLASSES.test(code);
  // An error of the operating system names a path or an address.
  if (typeof syscall === 'string') return true;
  return error instanceof TypeError && /\((?:reading|setting) '[\w$]+'\)$/.test(error.message);
}

interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
}

/** An error of zod, whose message may repeat the input. */
const isValidation = (error: Error): error is Error & { readonly issues: readonly Issue[] } =>
  /ZodError$/.test(error.name) && 'issues' in error && Array.isArray(error.issues);

const describeIssue = ({ code, path }: Issue): string => `/${path.map(String).join('/')}: ${code}`;

/** In the form in which loggers and `console` know errors. */
interface LoggedError extends Error {
  code?: string | number;
  constraint?: string;
  errors?: readonly Error[];
}

function redact(thrown: unknown, depth: number): LoggedError {
  if (!(thrown instanceof Error)) return new Error(`${typeOf(thrown)} was thrown instead of an error`);
  const { code, constraint } = thrown as { code?: unknown; constraint?: unknown };
  // Not every driver's `cause` is an error: MongoDB's is a description of the servers.
  const hasCause = thrown.cause instanceof Error && depth < DEEPEST;
  const options = hasCause ? { cause: redact(thrown.cause, depth + 1) } : {};
  const result: LoggedError = new Error(redactMessage(thrown), options);
  result.name = isName(thrown.name) ? thrown.name : 'Error';
  result.stack = [`${result.name}: ${result.message}`, ...framesOf(thrown)].join('\n');
  if (typeof code === 'number' || isName(code)) result.code = code;
  if (isName(constraint)) result.constraint = constraint;
  if (thrown instanceof AggregateError && depth < DEEPEST) {
    result.errors = thrown.errors.slice(0, DEEPEST).map(part => redact(part, depth + 1));
  }
  return result;
}

const typeOf = (thrown: unknown): string => (thrown === null ? 'null' : typeof thrown);

const isName = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9_][\w.$-]{0,62}$/.test(value) && redactText(value) === value;

const FRAME = /^ {4}at .*(?::\d+:\d+|<anonymous>|native|index \d+)\)?$/;

/** The lines at the end of a stack that name positions in the code. The lines before them repeat a message. */
function framesOf({ stack = '', message }: Error): string[] {
  const afterMessage = stack.slice(Math.max(0, stack.indexOf(message) + message.length));
  const lines = afterMessage.split('\n');
  return lines.slice(lines.findLastIndex(line => !FRAME.test(line)) + 1);
}
