/** Express 4 under a name of its own, beside Express 5; its types differ in nothing that is used here. */
declare module 'express4' {
  export { default } from 'express';
}
