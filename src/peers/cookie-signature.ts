import type * as CookieSignature from 'cookie-signature';
import { loadPeer } from './peers.js';

export const { sign, unsign } = loadPeer<typeof CookieSignature>('cookie-signature');
