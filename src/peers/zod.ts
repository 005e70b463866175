import type { z as Zod } from 'zod';
import { loadPeer } from './peers.js';

export const { z } = loadPeer<{ z: typeof Zod }>('zod');

/** The types that are used together with `z`. Other modules import types from `zod` itself. */
export declare namespace z {
  export type ZodError<Value = unknown> = Zod.ZodError<Value>;
  export type ZodObject = Zod.ZodObject;
  export type ZodType<Output = unknown, Input = unknown> = Zod.ZodType<Output, Input>;
  export type output<Schema> = Zod.output<Schema>;
  export namespace core.JSONSchema {
    export type BaseSchema = Zod.core.JSONSchema.BaseSchema;
  }
}
