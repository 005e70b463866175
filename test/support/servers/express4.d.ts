/** Express 4 is installed as `express4` beside Express 5. The types that are used here are the same. */
declare module 'express4' {
  export { default } from 'express';
}
