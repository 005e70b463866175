import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { ClientError, createClient } from '../../../src/adapters/client/index.js';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, headless: true, args: FLAGS });

export interface Person {
  readonly name: string;
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

export const person = (username: string, name: string): Person => ({
  name,
  username,
  email: `${username}@example.org`,
  password: 'correct horse battery',
});

/** A person with a browser of their own, and everything that its console reported as wrong. */
export interface Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: string[];
}

export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en', ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', error => complaints.push(String(error)));
  await page.goto(url);
  return { context, page, complaints };
}

export async function logIn(page: Page, { username, password }: Person): Promise<void> {
  await page.getByLabel('Username or e-mail').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'My cards' }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
}

export const openView = (page: Page, name: 'Cards' | 'Trades' | 'Sessions'): Promise<void> =>
  page.getByRole('navigation').getByRole('link', { name }).click();

/** Registers the person and returns a client with a session of its own. */
export async function enrol(url: string, someone: Person) {
  const client = createClient({ url });
  await client.registerUser({ ...someone });
  const { user, session } = await client.login({ username: someone.username, password: someone.password });
  return { client, user, session };
}

export type Enrolled = Awaited<ReturnType<typeof enrol>>;

/** Whether a request was refused because there is no live session. */
export const isLoggedOut = (error: unknown): boolean =>
  error instanceof ClientError && error.code === 'unauthenticated';
