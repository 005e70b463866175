import type { Session } from '../../../domain/session.js';
import type { User } from '../../../domain/user.js';

/** Who asks, as Authenticate found out. No operation takes the identity of its caller from anywhere else. */
export interface Caller {
  readonly user: User;
  readonly session: Session;
}
