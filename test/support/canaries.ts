import { createHash, randomBytes } from 'node:crypto';
import { format } from 'node:util';
import { pino } from 'pino';
import type { Logger } from '../../src/adapters/driving/http/index.js';

/** Values that nobody but their user may see again, and what reveals them: searched for in logs, errors and output. */
export class Canaries {
  readonly mark = `can4ry${randomBytes(5).toString('hex')}`;
  readonly person = {
    email: `${this.mark}-e@leak.example`,
    username: `${this.mark}-u`,
    name: `${this.mark} Né`,
    password: `${this.mark} P4ss'"{}`,
  };
  private readonly forms = new Map<string, string>();

  constructor() {
    // Everything made with the mark is found by it, except where it was encoded or hashed.
    this.add('the mark', this.mark);
    this.add('the password', this.person.password);
    this.add('the e-mail address', this.person.email);
  }

  /** A value that contains the mark. */
  value(what: string): string {
    return `${this.mark}-${what}`;
  }

  add(what: string, value: string): void {
    const bytes = Buffer.from(value);
    const forms = {
      'as it is': value,
      'in lower case': value.toLowerCase(),
      'percent-encoded': encodeURIComponent(value),
      'in base64': bytes.toString('base64').replace(/=+$/, '').slice(0, -1),
      'in base64url': bytes.toString('base64url').slice(0, -1),
      'in hexadecimal': bytes.toString('hex'),
    };
    for (const [form, text] of Object.entries(forms)) this.forms.set(`${what} ${form}`, text);
  }

  /** A token: also its digest in every form. */
  addToken(token: string): void {
    const digest = createHash('sha256').update(token).digest();
    this.add('the token', token);
    this.add('the digest', digest.toString('hex'));
    this.forms.set('the digest in base64', digest.toString('base64'));
    this.forms.set('the digest in base64url', digest.toString('base64url'));
  }

  /** The names of what the text reveals. */
  in(text: string): string[] {
    return [...this.forms].filter(([, form]) => text.includes(form)).map(([name]) => name);
  }
}

/** Keeps what is logged: with `pino` at the level debug, and with a logger that writes as `console` does. */
export class KeptLog {
  readonly lines: string[] = [];
  readonly pino = pino({ level: 'debug' }, { write: line => void this.lines.push(line) });
  readonly console: Logger = {
    info: (...parameters) => void this.lines.push(format(...parameters)),
    warn: (...parameters) => void this.lines.push(format(...parameters)),
    error: (...parameters) => void this.lines.push(format(...parameters)),
  };
}
