import type Helmet from 'helmet';
import { loadPeer } from './peers.js';

export const helmet: typeof Helmet = loadPeer('helmet');
