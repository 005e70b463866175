import { ClientError } from '../../../client/index.js';
import { button, element, KeyedList, time } from './elements.js';
import type { Member, Session } from './member.js';
import type { View } from './views.js';
import { heading, toast } from './views.js';
import { describeProgram } from './words.js';

/** Where the caller is logged in, with buttons that end those sessions. */
export class SessionsView implements View {
  readonly title = 'Sessions';
  readonly heading = heading('Sessions');
  readonly element: HTMLElement;
  private sessions: readonly Session[] = [];
  private next: string | null = null;
  private readonly list = element('ul', { class: 'sessions', 'aria-label': 'My sessions' });
  private readonly more = button('Show more', () => this.member.run(() => this.loadMore()), {
    class: 'more',
    hidden: true,
  });
  private readonly others = button('End all other sessions', () => this.member.run(() => this.endOthers()), {
    class: 'danger',
    hidden: true,
  });
  private readonly items: KeyedList<Session>;

  constructor(private readonly member: Member) {
    this.items = new KeyedList(
      this.list,
      session => this.createItem(session),
      () => this.heading.focus(),
    );
    const intro = 'Every place where you are logged in. A session that you end is logged out there within a second.';
    this.element = element(
      'section',
      { class: 'narrow' },
      this.heading,
      element('p', { class: 'intro' }, intro),
      this.list,
      this.more,
      this.others,
    );
  }

  onShow(): void {
    this.member.run(() => this.load());
  }

  async load(): Promise<void> {
    const page = await this.member.request(() => this.member.client.listSessions());
    this.next = page.next;
    this.show(page.items);
  }

  private async loadMore(): Promise<void> {
    const after = this.next;
    if (after === null) return;
    const page = await this.member.request(() => this.member.client.listSessions({ after }));
    this.next = page.next;
    this.show([...this.sessions, ...page.items]);
  }

  private show(sessions: readonly Session[]): void {
    this.sessions = sessions;
    this.items.show(sessions);
    this.more.hidden = this.next === null;
    this.others.hidden = sessions.length < 2;
  }

  private async end({ id, userAgent }: Session): Promise<void> {
    try {
      await this.member.request(() => this.member.client.revokeSession({ id }));
    } catch (error) {
      // Then it has ended already, as the user wanted.
      if (!(error instanceof ClientError) || error.code !== 'session_not_found') throw error;
    }
    this.show(this.sessions.filter(session => session.id !== id));
    toast(`The session of ${describeProgram(userAgent)} has ended.`);
  }

  private async endOthers(): Promise<void> {
    await this.member.request(() => this.member.client.revokeAllSessions({ except: 'current' }));
    await this.load();
    this.heading.focus();
    toast('All other sessions have ended.');
  }

  private createItem(session: Session): HTMLElement {
    const { userAgent, current, createdAt, lastUsedAt, expiresAt } = session;
    const program = describeProgram(userAgent);
    const facts = [
      ['Logged in', createdAt],
      ['Last used', lastUsedAt],
      ['Ends', expiresAt],
    ] as const;
    return element(
      'li',
      { class: 'session', title: userAgent },
      element(
        'div',
        {},
        element('h2', {}, program, current ? element('span', { class: 'badge' }, 'This browser') : null),
        element(
          'dl',
          {},
          ...facts.map(([term, at]) => element('div', {}, element('dt', {}, term), element('dd', {}, time(at)))),
        ),
      ),
      current
        ? null
        : button('End session', () => this.member.run(() => this.end(session)), {
            class: 'danger',
            'aria-label': `End session: ${program}, logged in ${new Date(createdAt).toLocaleString('en')}`,
          }),
    );
  }
}
