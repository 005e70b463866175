export { memory } from './memory-storage.js';
