import 'reflect-metadata';

export type { Application, Ports } from '../application/create-use-cases.js';
export { applicationModule, storageModule, systemModule } from './modules.js';
export { SERVICES } from './services.js';
export type { SystemOptions } from './tradepost.js';
