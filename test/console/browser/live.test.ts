import { randomBytes } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Enrolled, Person, Visitor } from '../../support/console/visitors.js';
import { enrol, isLoggedOut, launch, logIn, openView, person, visit } from '../../support/console/visitors.js';
import { freePort } from '../../support/servers/free-port.js';
import type { ServingProcess } from '../../support/servers/processes.js';
import { serveInProcess } from '../../support/servers/processes.js';
import { freshDatabase } from '../../support/stores/temporary-stores.js';

const chromium = inject('chromium');
/** Milliseconds in which something that happens elsewhere must be seen. */
const AT_ONCE = 1000;

describe.skipIf(chromium === null)('two browsers with the console', () => {
  let browser: Browser;
  let server: ServingProcess;
  let restart: () => Promise<void>;
  let drop: () => Promise<void>;
  let ann: Enrolled;
  let bob: Enrolled;
  let visitors: Visitor[] = [];
  const [ANN, BOB] = [person('ann', 'Ann'), person('bob', 'Bob')];

  beforeAll(async () => {
    const database = await freshDatabase(inject('postgresUrl'), `console_${randomBytes(6).toString('hex')}`);
    drop = database.drop;
    const variables = {
      DATABASE_URL: database.url,
      PORT: String(await freePort()),
      SESSION_SECRETS: randomBytes(32).toString('base64url'),
    };
    restart = async () => {
      server = await serveInProcess(variables);
    };
    await restart();
    [ann, bob] = [await enrol(server.origin, ANN), await enrol(server.origin, BOB)];
    browser = await launch(chromium ?? '');
  });
  afterEach(async () => {
    await Promise.all(visitors.map(({ context }) => context.close()));
    visitors = [];
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await drop?.();
  });

  async function enter(someone: Person): Promise<Visitor> {
    const visitor = await visit(browser, server.origin);
    visitors.push(visitor);
    await logIn(visitor.page, someone);
    return visitor;
  }

  /** Returns a card of Ann's, which a page of hers shows when it is loaded. */
  const annsCard = (name: string) => ann.client.addCard({ name });

  it('a trade of one appears in the other within a second', async () => {
    await annsCard('Phoenix');
    const [hers, his] = [await enter(ANN), await enter(BOB)];
    await openView(his.page, 'Trades');
    await hers.page.getByRole('button', { name: 'Give Phoenix' }).click();
    await hers.page.getByLabel('Recipient').fill('bob');
    const seen = his.page.getByRole('listitem').filter({ hasText: 'Ann gave you Phoenix' }).waitFor();
    await hers.page.getByRole('button', { name: 'Give card' }).click();
    const began = performance.now();
    await seen;
    const took = performance.now() - began;
    console.log(`a trade appeared in the other browser within ${Math.round(took)} ms`);
    expect(took).toBeLessThan(AT_ONCE);
    // It is announced too, and both lists of cards are up to date.
    await his.page.getByRole('status').filter({ hasText: 'Ann gave you Phoenix.' }).waitFor();
    await openView(his.page, 'Cards');
    await his.page.getByRole('heading', { name: 'Phoenix' }).waitFor();
    await hers.page.getByRole('heading', { name: 'Phoenix' }).waitFor({ state: 'detached' });
    expect([...hers.complaints, ...his.complaints]).toEqual([]);
  });

  it('a session that was ended elsewhere leads to the log-in form within a second, with the reason', async () => {
    const [one, another] = [await enter(ANN), await enter(ANN)];
    await openView(one.page, 'Trades');
    await openView(another.page, 'Sessions');
    const asked = another.page.getByRole('button', { name: 'End all other sessions' }).click();
    const began = performance.now();
    await one.page.getByRole('heading', { name: 'Log in' }).waitFor();
    const took = performance.now() - began;
    await asked;
    console.log(`the log-in form appeared within ${Math.round(took)} ms`);
    expect(took).toBeLessThan(AT_ONCE);
    await one.page.getByRole('alert').filter({ hasText: 'ended from somewhere else' }).waitFor();
    // After another login the view that was left is shown again, and this browser's own session has stayed.
    await one.page.getByLabel('Username or e-mail').fill('ann');
    await one.page.getByLabel('Password', { exact: true }).fill(ANN.password);
    await one.page.keyboard.press('Enter');
    await one.page.getByRole('heading', { name: 'Trades' }).waitFor();
    await another.page.getByText('This browser').waitFor();
    await expect(ann.client.authenticate()).rejects.toSatisfy(isLoggedOut);
    await ann.client.login({ username: ANN.username, password: ANN.password });
  });

  it('one session is ended by its own button', async () => {
    // Those of the tests before.
    await bob.client.revokeAllSessions({ except: 'current' });
    const [one, another] = [await enter(BOB), await enter(BOB)];
    await openView(one.page, 'Sessions');
    const others = one.page.getByRole('button', { name: /^End session: Chrome/ });
    await others.first().waitFor();
    expect(await others.count()).toBe(1);
    await others.click();
    await another.page.getByRole('heading', { name: 'Log in' }).waitFor({ timeout: AT_ONCE });
    await others.waitFor({ state: 'detached' });
    expect(one.complaints).toEqual([]);
    // The program's session is the only other one.
    await one.page.getByRole('button', { name: /^End session: node/ }).waitFor();
  });

  it('goes on without loss after the server was killed and came back', async () => {
    const { page } = await enter(ANN);
    await server.stop('SIGKILL');
    await page.getByRole('status').filter({ hasText: 'The server does not answer.' }).waitFor();
    await page.getByText('Offline').waitFor();
    // What is sent while the server is away is kept, and arrives once.
    await page.getByLabel('Name').fill('Storm Petrel');
    await page.getByRole('button', { name: 'Add card' }).click();
    await page.getByText('Your card is kept').waitFor();
    await restart();
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 10_000 });
    await page.getByRole('heading', { name: 'Storm Petrel' }).waitFor();
    await page.getByText('The server does not answer.').first().waitFor({ state: 'detached' });
    expect((await ann.client.listCards()).items.filter(({ name }) => name === 'Storm Petrel')).toHaveLength(1);
    // The session has lasted, and so has the watch.
    const { id: cardId } = await bob.client.addCard({ name: 'Lighthouse' });
    await bob.client.recordTrade({ cardId, recipient: { username: 'ann' } });
    await page.getByRole('heading', { name: 'Lighthouse' }).waitFor();
  });

  it('shows trades that were missed while the server was away, each once', async () => {
    const { page } = await enter(ANN);
    await openView(page, 'Trades');
    // No answer reaches this page, but others go on.
    await page.context().setOffline(true);
    await server.stop('SIGKILL');
    await restart();
    for (const name of ['Missed One', 'Missed Two']) {
      const { id: cardId } = await bob.client.addCard({ name });
      await bob.client.recordTrade({ cardId, recipient: { username: 'ann' } });
    }
    await page.getByText('Offline').waitFor();
    await page.context().setOffline(false);
    await page.getByRole('listitem').filter({ hasText: 'Bob gave you Missed Two' }).waitFor();
    const shown = await page.getByRole('listitem').filter({ hasText: 'Missed' }).allInnerTexts();
    expect(shown.map(text => /Missed \w+/.exec(text)?.[0])).toEqual(['Missed Two', 'Missed One']);
  });

  it('a login of another user in a second tab is noticed by the first', async () => {
    const { page, context } = await enter(ANN);
    const second = await context.newPage();
    await second.goto(`${server.origin}/#/cards`);
    await second.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor({ timeout: AT_ONCE });
    await logIn(second, BOB);
    // The first tab has the same cookie.
    await page.getByRole('heading', { name: 'My cards' }).waitFor();
    await page.getByText('Bob', { exact: true }).waitFor();
  });
});
