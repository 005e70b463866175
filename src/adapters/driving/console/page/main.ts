import type { WatchState } from '../../../client/index.js';
import { ClientError, createClient } from '../../../client/index.js';
import { button, element, find } from './elements.js';
import { loginView, registerView } from './guest-views.js';
import { shortBackoff, untilAnswered } from './patience.js';
import { banner, markCurrent, showView, toast } from './views.js';
import { Visit } from './visit.js';
import { messageFor, NO_ANSWER } from './words.js';

/** Whether this browser was logged in. Without it, no request is made for a session that does not exist. */
const REMEMBERED = 'tradepost.logged-in';
const HOME = '#/cards';
const STATES: Readonly<Record<WatchState, string>> = {
  connecting: 'Connecting',
  live: 'Live',
  waiting: 'Offline',
  ended: 'Offline',
  refused: 'Offline',
};

/** The page: either the forms of a guest, or the views of a visit. */
class Page {
  private readonly client = createClient({ url: '.', backoff: shortBackoff });
  private readonly state = element('span', { class: 'state' });
  private visit: Visit | null = null;
  /** Why the log-in form is shown; null if the user chose it. */
  private reason: string | null = null;
  /** The view to return to after a login. */
  private wanted = HOME;
  private hasShown = false;

  async start(): Promise<void> {
    addEventListener('hashchange', () => this.show());
    // Another tab has logged in.
    addEventListener('storage', ({ key, newValue }) => {
      if (key === REMEMBERED && newValue !== null && !this.visit) void this.enter();
    });
    find('skip').addEventListener('click', event => {
      event.preventDefault();
      find('main').focus();
    });
    this.wanted = location.hash;
    if (recall()) await this.enter();
    else this.show();
  }

  /** Begins a visit with the browser's cookie, or shows the log-in form if that has no session. */
  private async enter(): Promise<void> {
    try {
      const onWaiting = (): void => banner(`${NO_ANSWER} Trying again …`);
      const { user, session } = await untilAnswered(() => this.client.authenticate(), {
        isOver: () => false,
        onWaiting,
      });
      banner('');
      this.begin(
        new Visit({
          client: this.client,
          user,
          session,
          onLost: () => void this.lose(user.id),
          onState: state => this.setState(state),
        }),
      );
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.leave(error.code === 'unauthenticated' ? null : messageFor(error));
    }
  }

  private begin(visit: Visit): void {
    this.visit?.stop();
    this.visit = visit;
    this.reason = null;
    remember(true);
    const { name, username } = visit.user;
    const link = (view: string): HTMLElement => element('a', { href: view }, visit.views[view]?.title ?? '');
    find('navigation').replaceChildren(...Object.keys(visit.views).map(link));
    find('account').replaceChildren(
      this.state,
      element('span', { class: 'who', title: `@${username}` }, name),
      button('Log out', () => void this.logOut()),
    );
    find('bar').hidden = false;
    this.setState('connecting');
    visit.start();
    this.show(this.wanted);
    this.wanted = HOME;
  }

  private async logOut(): Promise<void> {
    try {
      await this.visit?.logOut();
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      return toast(`You are still logged in. ${messageFor(error)}`);
    }
    this.leave(null);
    toast('You are logged out.');
  }

  /** The session has ended. The cookie may have a newer one, of a login in another tab. */
  private async lose(userId: string): Promise<void> {
    const reason = this.visit?.hasExpired
      ? 'Your session has expired. Log in again to continue.'
      : 'Your session was ended from somewhere else. Log in again to continue.';
    this.wanted = location.hash;
    try {
      const { user } = await this.client.authenticate();
      await this.enter();
      if (user.id !== userId) toast(`You are now logged in as ${user.name}.`);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.leave(reason);
    }
  }

  /** Shows the log-in form. */
  private leave(reason: string | null): void {
    this.visit = null;
    this.reason = reason;
    remember(false);
    find('bar').hidden = true;
    banner('');
    this.show('#/login');
  }

  /** Shows the view that the address names, or `hash`, which the address then names. */
  private show(hash = location.hash): void {
    const view = this.viewOf(hash);
    const [address, shown] = view;
    if (location.hash !== address) history.replaceState(null, '', address);
    markCurrent(address);
    showView(shown, this.hasShown || shown.focus !== undefined);
    this.hasShown = true;
  }

  private viewOf(hash: string) {
    if (this.visit) {
      const view = this.visit.views[hash];
      return view ? ([hash, view] as const) : ([HOME, this.visit.views[HOME] ?? missing(HOME)] as const);
    }
    if (hash === '#/register') return [hash, registerView(this.client, () => void this.enter())] as const;
    if (hash !== '#/login' && hash !== '') this.wanted = hash;
    return ['#/login', loginView(this.client, this.reason, () => void this.enter())] as const;
  }

  private setState(state: WatchState): void {
    this.state.textContent = STATES[state];
    this.state.dataset.state = state;
  }
}

function missing(hash: string): never {
  throw new Error(`there is no view ${hash}`);
}

function recall(): boolean {
  try {
    return localStorage.getItem(REMEMBERED) !== null;
  } catch {
    // A browser may refuse storage; then the cookie is tried.
    return true;
  }
}

function remember(isLoggedIn: boolean): void {
  try {
    if (isLoggedIn) localStorage.setItem(REMEMBERED, new Date().toISOString());
    else localStorage.removeItem(REMEMBERED);
  } catch {
    // A browser may refuse storage; `recall` then tries the cookie.
  }
}

void new Page().start();
