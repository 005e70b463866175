import type * as Inversify from 'inversify';
import { loadPeer } from './peers.js';

// inversify has ES modules only. Node can require them, except while they are being imported elsewhere. So a module that
// leads here imports inversify too: the container it needs comes from there, and it is linked before this is evaluated.
export const { ContainerModule } = loadPeer<typeof Inversify>('inversify');
export type ContainerModule = Inversify.ContainerModule;
