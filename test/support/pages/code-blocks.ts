import { readFileSync } from 'node:fs';

export interface CodeBlock {
  readonly language: string;
  /** The word behind the language; empty if there is none. */
  readonly name: string;
  /** Without the indentation that the block has as part of a list. */
  readonly code: string;
}

const FENCE = /^( *)```(\w*) ?(\S*)\n([\s\S]*?)^ *```$/gm;

/** Returns all fenced blocks of a document, in order. */
export const codeBlocksOf = (document: string): CodeBlock[] => codeBlocksIn(readFileSync(document, 'utf8'));

export const codeBlocksIn = (text: string): CodeBlock[] =>
  [...text.matchAll(FENCE)].map(([, indentation = '', language = '', name = '', code = '']) => ({
    language,
    name,
    code: code.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''),
  }));

/** Returns the code of a block. @throws if the document has no block of this name */
export function codeOf(document: string, name: string): string {
  const block = codeBlocksOf(document).find(each => each.name === name);
  if (!block) throw new Error(`${document} has no block ${name}`);
  return block.code;
}
