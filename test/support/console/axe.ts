import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Returns what axe-core finds on the page as it is: a line for each element. The page's context must bypass its policy,
 * which runs no script of a test.
 */
export async function findFlaws(page: Page): Promise<string[]> {
  await page.evaluate(SOURCE);
  const { violations, passes } = await page.evaluate<AxeResults>('axe.run(document)');
  if (passes.length < 10) throw new Error(`axe-core checked next to nothing: ${passes.length} rules`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
  );
}
