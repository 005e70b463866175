import 'reflect-metadata';

export { storageModule } from './modules/storage.js';
export type { SystemOptions } from './modules/system.js';
export { systemModule } from './modules/system.js';
export { useCasesModule } from './modules/use-cases.js';
export { TOKENS, USE_CASES } from './tokens.js';
