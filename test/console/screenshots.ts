/** `npm run screenshots`: takes a picture of each view of the console, for docs/console.md. */
import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { findChromium } from '../support/console/find-chromium.js';
import { enrol, launch, logIn, openView, person, visit } from '../support/console/visitors.js';
import { serveInProcess } from '../support/servers/processes.js';

const FOLDER = 'docs/screenshots';
const ANN = person('ann', 'Ann Archer');

const CARDS = [
  ['Phoenix', 'Rises from its ashes, once in a lifetime.'],
  ['Winter Owl', 'Sees everything, says little.'],
  ['Clockwork Beetle', 'Runs for a hundred years on one turn of its key.'],
  ['Lantern Fish', ''],
  ['River Dragon', 'Sleeps under the old bridge.'],
  ['Ace of Thorns', 'First edition, signed.'],
] as const;

async function seed(url: string): Promise<void> {
  const ann = await enrol(url, ANN);
  const bob = await enrol(url, person('bob', 'Bob Baker'));
  const eve = await enrol(url, person('eve.k', 'Eve Keller'));
  const give = async ({ client }: typeof ann, name: string, username: string): Promise<void> => {
    const { id: cardId } = await client.addCard({ name });
    await client.recordTrade({ cardId, recipient: { username } });
  };
  await give(bob, 'Harbour Cat', 'ann');
  await give(ann, 'Silver Stag', 'eve.k');
  await give(eve, 'Night Heron', 'ann');
  await give(ann, 'Paper Crown', 'bob');
  for (const [name, description] of CARDS) await ann.client.addCard({ name, description });
}

/** Dark ones of a view with tints and of one without are enough. */
const DARK = ['cards', 'trades'];

async function take(page: Page, name: string): Promise<void> {
  const { width } = page.viewportSize() ?? { width: 0 };
  const isDark = await page.evaluate<boolean>("matchMedia('(prefers-color-scheme: dark)').matches");
  if (isDark && !DARK.includes(name)) return;
  await page.screenshot({ path: `${FOLDER}/${name}-${width}${isDark ? '-dark' : ''}.png`, animations: 'disabled' });
}

async function tour(browser: Browser, url: string, width: number, colorScheme: 'light' | 'dark'): Promise<void> {
  const size = { viewport: { width, height: width < 600 ? 844 : 800 }, colorScheme, bypassCSP: true };
  const { page, context } = await visit(browser, url, size);
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await take(page, 'log-in');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByRole('heading', { name: 'Create an account' }).waitFor();
  await page.getByLabel('Username').fill('ann!');
  await page.getByLabel('E-mail').fill('ann');
  await page.getByLabel('Name', { exact: true }).fill('Ann');
  await page.getByLabel('Password', { exact: true }).fill('sunflower');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.locator('.error:visible').first().waitFor();
  await take(page, 'register');
  await page.getByRole('link', { name: 'Log in' }).click();
  await logIn(page, ANN);
  await page.getByRole('heading', { name: 'Phoenix' }).waitFor();
  await take(page, 'cards');
  await page.getByRole('button', { name: 'Give Phoenix to somebody' }).click();
  await take(page, 'give');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await openView(page, 'Trades');
  await page.getByText('Paper Crown').waitFor();
  await take(page, 'trades');
  await openView(page, 'Sessions');
  await page.getByText('This browser').waitFor();
  await take(page, 'sessions');
  await context.close();
}

const found = findChromium();
if ('missing' in found) throw new Error(`The screenshots need Chromium: ${found.missing}.`);
mkdirSync(FOLDER, { recursive: true });
const server = await serveInProcess({ DATABASE_URL: 'memory:' });
const browser = await launch(found.path);
try {
  await seed(server.origin);
  for (const scheme of ['light', 'dark'] as const)
    for (const width of [1280, 390]) await tour(browser, server.origin, width, scheme);
} finally {
  await browser.close();
  await server.stop();
}
