import { ValidationFailed } from './errors.js';
import { checkText } from './text.js';

/** Symbols and marks without a glyph that no property of Unicode lists: Braille blank, null notehead, Khitan filler. */
const BLANK = '\\u2800\\u{1d159}\\u{16fe4}';
/** Interlinear annotation (U+FFF9 to U+FFFB) is not default-ignorable, and is for no plain text (Unicode 23.8). */
const IGNORABLE = `\\p{Default_Ignorable_Code_Point}\\ufff9-\\ufffb${BLANK}`;

const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const INVISIBLE = new RegExp(`[${IGNORABLE}]`, 'u');
const ALL_INVISIBLE = new RegExp(`[\\p{Cc}\\p{Cf}${IGNORABLE}]`, 'gu');
const VISIBLE = new RegExp(`[^\\p{Z}\\p{M}\\p{Cc}\\p{Cf}${IGNORABLE}]`, 'u');
const UNSTABLE = new RegExp(`[\\p{C}\\p{Z}${IGNORABLE}]`, 'u');

/** Scripts in which U+200C and U+200D select the form of the letters beside them (Unicode 9.2, 12.1, 13.4, 19.4). */
const JOINING = [
  ...['\\p{scx=Arabic}', '\\p{scx=Syriac}', '\\p{scx=Nko}', '\\p{scx=Mandaic}', '\\p{scx=Adlam}'],
  ...['\\p{scx=Mongolian}', '\\p{scx=Phags_Pa}'],
  ...['\\p{scx=Devanagari}', '\\p{scx=Bengali}', '\\p{scx=Gurmukhi}', '\\p{scx=Gujarati}', '\\p{scx=Oriya}'],
  ...['\\p{scx=Tamil}', '\\p{scx=Telugu}', '\\p{scx=Kannada}', '\\p{scx=Malayalam}', '\\p{scx=Sinhala}'],
  ...['\\p{scx=Khmer}', '\\p{scx=Myanmar}', '\\p{scx=Tibetan}', '\\p{scx=Balinese}', '\\p{scx=Javanese}'],
  ...['\\p{scx=Newa}', '\\p{scx=Meetei_Mayek}', '\\p{scx=Chakma}'],
].join('');
const EMOJI = '\\p{Extended_Pictographic}[\\ufe0e\\ufe0f]?\\p{Emoji_Modifier}?';

/** The sequences in which an invisible code point changes what is seen. Everywhere else it only makes names look equal. */
const MEANINGFUL = new RegExp(
  [
    '\\u{1f3f4}[\\u{e0020}-\\u{e007e}]+\\u{e007f}', // flags of regions, such as Scotland (UTS #51, 1.4.6)
    `${EMOJI}(?:\\u200d${EMOJI})*`, // UTS #51, 1.4.7
    '[0-9#*]\\ufe0f\\u20e3', // keycaps
    `[${JOINING}][\\u200c\\u200d]`, // Persian, Sinhala, Malayalam, …
    '\\p{Script=Han}[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]', // variants of ideographs, as in Japanese names
    '[\\p{Script=Mongolian}\\p{Script=Phags_Pa}][\\u180b-\\u180f\\ufe00]', // variants of Mongolian letters
    '\\p{Script=Myanmar}\\ufe00', // dotted letters
  ].join('|'),
  'gu',
);

/**
 * Checks the name of a person or thing: `min` to `max` code points with at least one that is visible. Refuses control characters, separators of lines
 * and paragraphs, bidirectional controls, and every other code point that shows nothing (Default_Ignorable_Code_Point of
 * Unicode, and blank symbols). Allowed are the invisible ones that change what is seen, where they do so: ZWJ, selectors
 * and tags of emoji; ZWJ and ZWNJ behind a letter or mark of a script that needs them; variation selectors behind an
 * ideograph or a letter that has variants. Returns the text unchanged.
 */
export function checkVisibleText(text: string, limits: { min: number; max: number }): string {
  checkText(text, limits);
  const control = CONTROL.exec(text)?.[0];
  if (control) throw ValidationFailed.of(`must be one line without control characters; remove ${describe(control)}`);
  const invisible = INVISIBLE.exec(text.replaceAll(MEANINGFUL, ''))?.[0];
  if (invisible) throw ValidationFailed.of(`must not have invisible characters; remove ${describe(invisible)}`);
  if (!VISIBLE.test(text)) throw ValidationFailed.of('must have at least one visible character');
  return text;
}

/**
 * Whether the text has a code point that makes it unfit as a key: control, format, invisible, a space of any kind,
 * private, or unassigned in this version of Unicode, so that a later version may fold it to another character.
 */
export const hasUnstableCharacters = (text: string): boolean => UNSTABLE.test(text);

/** Returns the text as people see it: without invisible code points, and without spaces at its ends. */
export const removeInvisible = (text: string): string => text.replaceAll(ALL_INVISIBLE, '').trim();

const describe = (character: string): string =>
  `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
