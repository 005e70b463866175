import type { Client } from '../../../client/index.js';
import { ClientError } from '../../../client/index.js';
import { element } from './elements.js';
import type { Values } from './form.js';
import { Form } from './form.js';
import type { View } from './views.js';
import { heading } from './views.js';

/** Logs in with a cookie, which the page's scripts cannot read. @throws ClientError */
async function logIn(client: Client, account: string, password: string): Promise<void> {
  const name = account.includes('@') ? { email: account } : { username: account };
  await client.login({ ...name, password, delivery: 'cookie' });
  try {
    await client.authenticate();
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'unauthenticated') throw error;
    const message = 'Your browser did not keep the session. Open this page over https, and allow cookies for it.';
    throw new ClientError(message, 'unauthenticated');
  }
}

/** `reason` is why the form is shown, if the user did not choose it. */
export function loginView(client: Client, reason: string | null, onLogin: () => void): View {
  const form = new Form({
    id: 'login',
    fields: [
      { name: 'account', label: 'Username or e-mail', autocomplete: 'username', pointers: ['/username', '/email'] },
      { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' },
    ],
    submit: 'Log in',
    send: async ({ account = '', password = '' }: Values) => {
      await logIn(client, account, password);
      onLogin();
    },
  });
  const others = ['New here? ', element('a', { href: '#/register' }, 'Create an account'), '.'];
  return guestView('Log in', reason, form, others);
}

export function registerView(client: Client, onLogin: () => void): View {
  const form = new Form({
    id: 'register',
    fields: [
      { name: 'name', label: 'Name', autocomplete: 'name', hint: 'Others see it with each trade.' },
      {
        name: 'username',
        label: 'Username',
        autocomplete: 'username',
        hint: '3 to 30 letters, digits, underscores, dots and hyphens. Others give you cards by it.',
      },
      { name: 'email', label: 'E-mail', type: 'email', autocomplete: 'email' },
      {
        name: 'password',
        label: 'Password',
        type: 'password',
        autocomplete: 'new-password',
        hint: 'A phrase of several words that do not belong together is best.',
      },
    ],
    submit: 'Create account',
    send: async ({ name = '', username = '', email = '', password = '' }: Values) => {
      await client.registerUser({ name, username, email, password });
      await logIn(client, username, password);
      onLogin();
    },
  });
  const others = ['Already have an account? ', element('a', { href: '#/login' }, 'Log in'), '.'];
  return guestView('Create an account', null, form, others);
}

function guestView(title: string, reason: string | null, form: Form, others: readonly (Node | string)[]): View {
  const titled = heading(title);
  const icon = document.querySelector('link[rel="icon"]')?.getAttribute('href') ?? '';
  return {
    title,
    heading: titled,
    focus: () => form.focus(),
    element: element(
      'section',
      { class: 'guest' },
      element(
        'div',
        { class: 'welcome' },
        element('img', { src: icon, alt: '', width: 44, height: 44 }),
        element('p', { class: 'brand' }, 'Tradepost'),
        element('p', { class: 'tagline' }, 'Your cards, handed from one to another, and seen by both as it happens.'),
      ),
      element(
        'div',
        { class: 'panel' },
        titled,
        reason === null ? null : element('p', { class: 'alert', role: 'alert' }, reason),
        form.element,
        element('p', { class: 'others' }, ...others),
      ),
    ),
  };
}
