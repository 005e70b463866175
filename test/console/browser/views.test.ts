import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { findFlaws } from '../../support/console/axe.js';
import type { Enrolled, Visitor } from '../../support/console/visitors.js';
import { enrol, launch, logIn, openView, person, visit } from '../../support/console/visitors.js';
import type { ServingProcess } from '../../support/servers/processes.js';
import { serveInProcess } from '../../support/servers/processes.js';

const chromium = inject('chromium');

/** Text that would become markup, code or a style if it was not shown as text. */
const HOSTILE = '<img src=x onerror="document.title=`owned`"><script>document.title=`owned`</script>';

describe.skipIf(chromium === null)('the views of the console', () => {
  let browser: Browser;
  let server: ServingProcess;
  let ann: Enrolled;
  let visitors: Visitor[] = [];
  const [ANN, EVE] = [person('ann', 'Ann'), { ...person('eve', 'Eve'), name: HOSTILE.slice(0, 100) }];

  beforeAll(async () => {
    server = await serveInProcess({ DATABASE_URL: 'memory:' });
    ann = await enrol(server.origin, ANN);
    await ann.client.addCard({ name: 'Phoenix', description: 'Rises from its ashes.' });
    await ann.client.addCard({ name: 'Winter Owl' });
    browser = await launch(chromium ?? '');
  });
  afterEach(async () => {
    await Promise.all(visitors.map(({ context }) => context.close()));
    visitors = [];
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function open(options: BrowserContextOptions = {}, path = '/'): Promise<Visitor> {
    const visitor = await visit(browser, server.origin + path, options);
    visitors.push(visitor);
    return visitor;
  }

  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true });
  /** The element with the focus. */
  const focused = (page: Page) => page.locator(':focus');

  /** Visits each view and calls `look` in each. */
  async function tour(page: Page, look: (view: string) => Promise<void>): Promise<void> {
    await heading(page, 'Log in').waitFor();
    await look('log in');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('Password is missing.').waitFor();
    await look('log in, with errors');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await heading(page, 'Create an account').waitFor();
    await look('register');
    await page.getByRole('link', { name: 'Log in' }).click();
    await logIn(page, ANN);
    await page.getByRole('heading', { name: 'Phoenix' }).waitFor();
    await look('cards');
    await page.getByRole('button', { name: 'Give Phoenix' }).click();
    await look('give');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await openView(page, 'Trades');
    await heading(page, 'Trades').waitFor();
    await look('trades');
    await openView(page, 'Sessions');
    await page.getByText('This browser').waitFor();
    await look('sessions');
  }

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)('have no flaws that axe-core finds: %s, %i pixels wide', async (colorScheme, width) => {
    const { page } = await open({
      colorScheme,
      viewport: { width, height: 800 },
      bypassCSP: true,
      reducedMotion: 'reduce',
    });
    const flaws: string[] = [];
    let views = 0;
    await tour(page, async view => {
      views += 1;
      flaws.push(...(await findFlaws(page)).map(flaw => `${view}: ${flaw}`));
    });
    expect(flaws).toEqual([]);
    expect(views).toBe(7);
  });

  it('would be found to have flaws', async () => {
    const { page } = await open({ bypassCSP: true });
    await heading(page, 'Log in').waitFor();
    await page.evaluate(
      "document.querySelector('label').remove(); document.querySelector('.tagline').style.color = '#ccc'",
    );
    const flaws = (await findFlaws(page)).map(flaw => flaw.split(':')[0]);
    expect(flaws.sort()).toEqual(['color-contrast', 'label']);
  });

  it('leave the console of the browser empty, and break no policy', async () => {
    const { page, complaints } = await open();
    await tour(page, async () => undefined);
    await page.getByRole('button', { name: 'Log out' }).click();
    await heading(page, 'Log in').waitFor();
    // A reload asks for no session, because there is none.
    await page.reload();
    await heading(page, 'Log in').waitFor();
    expect(complaints).toEqual([]);
  });

  it('would be reported if they broke the policy', async () => {
    const { page, complaints } = await open();
    await heading(page, 'Log in').waitFor();
    await page.evaluate("document.querySelector('.tagline').setAttribute('style', 'color: red')");
    await expect.poll(() => complaints.join()).toContain('Content Security Policy');
  });

  it('fit the screen of a phone', async () => {
    const { page } = await open({ viewport: { width: 390, height: 844 }, bypassCSP: true });
    const { id: cardId } = await ann.client.addCard({ name: 'Unbroken'.repeat(12), description: 'long'.repeat(200) });
    const overflowing: string[] = [];
    await tour(page, async view => {
      const width = await page.evaluate<number>('document.documentElement.scrollWidth');
      if (width > 390) overflowing.push(`${view}: ${width}`);
    });
    expect(overflowing).toEqual([]);
    await enrol(server.origin, person('collector', 'Collector'));
    await ann.client.recordTrade({ cardId, recipient: { username: 'collector' } });
  });

  it('move nothing for those who prefer that', async () => {
    const toast = "getComputedStyle(document.querySelector('.toast')).animationName";
    const found: string[] = [];
    for (const reducedMotion of ['reduce', 'no-preference'] as const) {
      const { page } = await open({ reducedMotion });
      await logIn(page, ANN);
      await page.getByLabel('Name').fill('Moving Card');
      await page.getByRole('button', { name: 'Add card' }).click();
      await page.getByText('Moving Card was added.').waitFor();
      found.push(await page.evaluate<string>(toast));
    }
    expect(found).toEqual(['none', 'rise']);
  });

  it('can all be used with the keyboard alone, and the focus is always seen', async () => {
    const { page, complaints } = await open();
    const press = (...keys: string[]) =>
      keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
    const type = (text: string) => page.keyboard.type(text);
    /** Presses Tab until an element with this name has the focus. */
    const reach = async (name: string): Promise<void> => {
      for (let presses = 0; presses < 40; presses += 1) {
        await press('Tab');
        // Behind the last element the focus leaves the page, and then begins again.
        const label = await page.evaluate<string>(
          "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent",
        );
        if (label !== name) continue;
        const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');
        expect([name, outline]).toEqual([name, 'solid']);
        return;
      }
      throw new Error(`Tab does not reach ${name}`);
    };
    await heading(page, 'Log in').waitFor();
    await reach('Create an account');
    await press('Enter');
    await heading(page, 'Create an account').waitFor();
    // The first field has the focus. Between password and button there is the button that shows it.
    for (const text of ['Kay Board', 'kay', 'kay@example.org', 'correct horse battery']) {
      await type(text);
      await press('Tab');
    }
    expect(await focused(page).getAttribute('aria-label')).toBe('Show the password');
    await reach('Create account');
    await press('Enter');
    await heading(page, 'My cards').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await focused(page).textContent()).toBe('My cards');
    await reach('Log out');
    await press('Shift+Tab');
    expect(await focused(page).textContent()).toBe('Sessions');
    await heading(page, 'My cards').focus();
    await press('Tab');
    await type('Keyboard Card');
    await press('Enter');
    await page.getByRole('heading', { name: 'Keyboard Card' }).waitFor();
    // The emptied form has the focus again.
    expect(await focused(page).getAttribute('id')).toBe('add-name');
    await press('Shift+Tab');
    expect(await focused(page).textContent()).toBe('Give');
    await press('Enter');
    expect(await focused(page).getAttribute('id')).toBe('give-recipient');
    await press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    // The browser returns the focus to the button.
    expect(await focused(page).textContent()).toBe('Give');
    await press('Enter');
    await type('ann');
    await press('Enter');
    await page.getByRole('status').filter({ hasText: 'You gave Keyboard Card to Ann.' }).waitFor();
    // The button has gone with its card.
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('My cards');
    await page.locator('#skip').focus();
    await press('Enter');
    expect(await focused(page).getAttribute('id')).toBe('main');
    await page.getByRole('link', { name: 'Trades' }).focus();
    await press('Enter');
    await heading(page, 'Trades').waitFor();
    expect([await focused(page).textContent(), await page.title()]).toEqual(['Trades', 'Trades – Tradepost']);
    await page.getByRole('button', { name: 'Log out' }).focus();
    await press('Enter');
    await heading(page, 'Log in').waitFor();
    expect(await focused(page).getAttribute('id')).toBe('login-account');
    expect(complaints).toEqual([]);
  });

  it('show what others wrote as text, whatever it is', async () => {
    const eve = await enrol(server.origin, EVE);
    const { page, complaints } = await open();
    await logIn(page, ANN);
    await page.getByRole('heading', { name: 'Phoenix' }).waitFor();
    const name = HOSTILE.slice(0, 100);
    const { id: cardId } = await eve.client.addCard({ name, description: HOSTILE });
    await eve.client.recordTrade({ cardId, recipient: { username: 'ann' } });
    const card = page.getByRole('listitem').filter({ hasText: name });
    await card.waitFor();
    expect(await card.getByRole('heading').textContent()).toBe(name);
    expect(await card.locator('.description').textContent()).toBe(HOSTILE);
    expect(await page.locator('.toast').textContent()).toBe(`${EVE.name} gave you ${name}.`);
    await openView(page, 'Trades');
    await page
      .getByRole('listitem')
      .filter({ hasText: `${EVE.name} gave you ${name}` })
      .waitFor();
    await openView(page, 'Cards');
    await page.getByRole('button', { name: `Give ${name}` }).click();
    expect(await page.getByRole('dialog').getByRole('heading').textContent()).toBe(`Give ${name} to somebody`);
    expect(await page.locator('img[src="x"], main script').count()).toBe(0);
    expect(await page.title()).toBe('Cards – Tradepost');
    expect(complaints).toEqual([]);
  });

  it('show the errors of the server at their fields, in plain words', async () => {
    const { page } = await open();
    await page.getByRole('link', { name: 'Create an account' }).click();
    const [name, username, email, password] = [
      page.getByLabel('Name', { exact: true }),
      page.getByLabel('Username'),
      page.getByLabel('E-mail'),
      page.getByLabel('Password', { exact: true }),
    ];
    const errorOf = async (field: typeof name): Promise<string | null> => {
      const ids = (await field.getAttribute('aria-describedby')) ?? '';
      const id = ids.split(' ').find(each => each.endsWith('-error'));
      return id === undefined ? null : page.locator(`#${id}`).textContent();
    };
    const send = () => page.getByRole('button', { name: 'Create account' }).click();
    await send();
    expect(await errorOf(name)).toBe('Name is missing.');
    expect(await focused(page).getAttribute('id')).toBe('register-name');
    await name.fill('Somebody');
    await username.fill('some body');
    await email.fill('somebody');
    await password.fill('correct horse battery');
    await send();
    await page.getByText('E-mail must be an e-mail address').waitFor();
    expect(await errorOf(username)).toBe(
      'Username must have 3 to 30 characters of a-z, A-Z, 0-9, underscore, dot and hyphen.',
    );
    expect([await errorOf(name), await name.getAttribute('aria-invalid')]).toEqual([null, null]);
    expect(await focused(page).getAttribute('id')).toBe('register-username');
    await username.fill('ANN');
    await email.fill('somebody@example.org');
    await send();
    await page.getByText('This username is taken').waitFor();
    expect([await errorOf(username), await errorOf(email)]).toEqual([
      'This username is taken. Choose another one.',
      null,
    ]);
    await username.fill('somebody');
    await password.fill('password1234');
    await send();
    await expect.poll(() => errorOf(password)).toMatch(/password/);
    await page.getByRole('link', { name: 'Log in' }).click();
    await page.getByLabel('Username or e-mail').fill('ann');
    await password.fill('wrong horse battery');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: 'The account and the password do not match.' }).waitFor();
    expect(await page.getByLabel('Username or e-mail').inputValue()).toBe('ann');
  });

  it('say to whom a card cannot be given', async () => {
    const { page } = await open();
    await logIn(page, ANN);
    await page.getByRole('button', { name: 'Give Winter Owl' }).click();
    for (const [recipient, message] of [
      ['nobody.here', 'There is no user with this name or e-mail address.'],
      ['ann@example.org', 'This is you. Choose somebody else.'],
      ['a b', /^Recipient must have 3 to 30 characters/],
    ] as const) {
      await page.getByLabel('Recipient').fill(recipient);
      await page.keyboard.press('Enter');
      await page.getByText(message).waitFor();
      expect(await focused(page).getAttribute('id')).toBe('give-recipient');
    }
  });

  it('show a password that is typed when asked to', async () => {
    const { page } = await open();
    const password = page.getByLabel('Password', { exact: true });
    await password.fill('correct horse');
    await page.getByRole('button', { name: 'Show the password' }).click();
    expect(await password.getAttribute('type')).toBe('text');
    await page.getByRole('button', { name: 'Hide the password' }).click();
    expect(await password.getAttribute('type')).toBe('password');
  });

  it('have addresses: a reload and the back button stay in them', async () => {
    const { page, complaints } = await open({}, '/#/sessions');
    await page.getByLabel('Username or e-mail').fill('ann');
    await page.getByLabel('Password', { exact: true }).fill(ANN.password);
    await page.keyboard.press('Enter');
    await heading(page, 'Sessions').waitFor();
    await page.reload();
    await heading(page, 'Sessions').waitFor();
    await openView(page, 'Trades');
    await heading(page, 'Trades').waitFor();
    expect(new URL(page.url()).hash).toBe('#/trades');
    await page.goBack();
    await heading(page, 'Sessions').waitFor();
    expect(complaints).toEqual([]);
  });
});
