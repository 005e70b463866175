// First, because modules are evaluated in this order.
import './inversify-needs.js';

export type { Application, Ports } from '../application/create-use-cases.js';
export { applicationModule, SERVICES, storageModule, systemModule } from './modules.js';
export type { SystemOptions } from './tradepost.js';
