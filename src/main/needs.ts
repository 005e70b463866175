import { requirePeers } from '../peers/peers.js';

requirePeers('tradepost/server');
