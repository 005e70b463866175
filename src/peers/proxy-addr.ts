import type ProxyAddr from 'proxy-addr';
import { loadPeer } from './peers.js';

export const proxyAddr = loadPeer<typeof ProxyAddr>('proxy-addr');
