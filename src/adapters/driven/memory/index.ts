export { memory } from './memory-connector.js';
