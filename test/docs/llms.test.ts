import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Documents besides those of `docs`, in the order of the list. */
const FIRST = ['README.md', 'docs/contract.md', 'PROTOCOL.md', 'docs/embedding.md', 'docs/websocket-clients.md'];
const LAST = ['CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];

/** Every document for people, but the records of decisions. */
function listDocuments(): string[] {
  const all = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md') && !name.startsWith('decisions'))
    .map(name => `docs/${name}`)
    .toSorted();
  return [...FIRST, ...all.filter(name => !FIRST.includes(name)), ...LAST];
}

/** The title and the first paragraph of a document. */
function summarize(text: string): { title: string; paragraph: string } {
  const withoutCode = text.replaceAll(/^```[\s\S]*?^```$/gm, '');
  const blocks = withoutCode.split(/\n{2,}/).map(block => block.trim());
  const [, title = ''] = /^# (.+)$/m.exec(withoutCode) ?? [];
  const paragraph = blocks.find(block => /^[^#|`!<\-\s]|^`/.test(block)) ?? '';
  return { title, paragraph: paragraph.replaceAll(/\s*\n\s*/g, ' ').replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1') };
}

const describeDocument = (path: string): string => {
  const { title, paragraph } = summarize(readFileSync(path, 'utf8'));
  return `- [${title}](${path}): ${paragraph}`;
};

describe('llms.txt', () => {
  it('lists every document with its first paragraph (written by `npx vitest run test/docs/llms.test.ts -u`)', async () => {
    const [readme = '', ...documents] = listDocuments();
    const { title, paragraph } = summarize(readFileSync(readme, 'utf8'));
    const served =
      'A server serves `/docs`, `/openapi.json`, `/openrpc.json` and `/asyncapi.json`, and a list of its own at `/llms.txt`.';
    const text = `# ${title}\n\n> ${paragraph}\n\n${served}\n\n## Documents\n\n${documents.map(describeDocument).join('\n')}\n`;
    expect(documents.length).toBeGreaterThan(15);
    await expect(text).toMatchFileSnapshot('../../llms.txt');
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => path);
    expect(links.filter(path => !existsSync(path))).toEqual([]);
    for (const line of text.split('\n- ').slice(1)) expect(line).toMatch(/^\[.+\]\(.+\.md\): .{40,}/);
  });

  it('takes the first paragraph, whatever comes before it', () => {
    const text =
      '# Title\n\n![picture](a.png)\n\n```sh\nrun\n\nthis\n```\n\n| a |\n|---|\n\nThe text\nof [it](b.md).\n\nMore.\n';
    expect(summarize(text)).toEqual({ title: 'Title', paragraph: 'The text of it.' });
  });
});
