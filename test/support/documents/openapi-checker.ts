import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';
import type { Answer, Outgoing } from '../http/requests.js';
import { send } from '../http/requests.js';

export interface Reference {
  readonly $ref: string;
}

interface Media {
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Header {
  readonly required?: boolean;
}

interface Response {
  readonly headers?: Readonly<Record<string, Header | Reference>>;
  readonly content?: Readonly<Record<string, Media>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
}

export interface DescribedOperation {
  readonly operationId: string;
  readonly 'x-json-rpc-method': string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Response | Reference>>;
}

export interface OpenApi {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
}

export const pointerTo = (...keys: readonly string[]): string =>
  keys.map(key => `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

/** Checks requests and answers against a document. */
export class OpenApiChecker {
  private readonly ajv = formats.default(new Ajv2020({ strict: false, allErrors: true, validateFormats: true }));
  /** Operations with the codes of the problems that they were answered with, or `success`. */
  readonly seen = new Set<string>();

  constructor(readonly document: OpenApi) {
    this.ajv.addSchema(document, 'document');
  }

  /** Every operation, with its method and path. */
  operations(): { method: string; path: string; operation: DescribedOperation }[] {
    return Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
    );
  }

  /** Returns what the schema at `pointer` of the document finds wrong with a value. */
  flawsOf(pointer: string, value: unknown): string {
    const validate = this.ajv.getSchema(`document#${pointer}`);
    if (!validate) throw new Error(`the document has no schema at ${pointer}`);
    return validate(value) ? '' : this.ajv.errorsText(validate.errors);
  }

  /** Follows a reference within the document. Returns the object and the pointer to it. */
  at<Value extends object>(pointer: string, value: Value | Reference): { pointer: string; value: Value } {
    if (!('$ref' in value)) return { pointer, value };
    const target = value.$ref.slice(1);
    const keys = target.slice(1).split('/');
    const found = keys.reduce<unknown>(
      (each, key) => (each as Record<string, unknown> | undefined)?.[key],
      this.document,
    );
    if (found === undefined) throw new Error(`${value.$ref} is not in the document`);
    return { pointer: target, value: found as Value };
  }

  responseOf(method: string, path: string, status: number): { pointer: string; value: Response } {
    const response = this.document.paths[path]?.[method.toLowerCase()]?.responses[status];
    expect(response, `${method} ${path} is described with ${status}`).toBeDefined();
    return this.at(pointerTo('paths', path, method.toLowerCase(), 'responses', String(status)), response as Response);
  }

  /** Sends a request to an operation and checks its answer. `path` is that of the document; `to` the real one. */
  async send(
    url: string,
    method: string,
    path: string,
    request: Outgoing & { readonly to?: string } = {},
  ): Promise<Answer> {
    const { to = path, ...rest } = request;
    const answer = await send(url, to, { method, ...rest });
    this.checkAnswer(method, path, answer);
    return answer;
  }

  checkAnswer(method: string, path: string, answer: Answer): void {
    const what = `${method} ${path}: ${answer.status} ${answer.text}`;
    const { pointer, value } = this.responseOf(method, path, answer.status);
    for (const [name, described] of Object.entries(value.headers ?? {})) {
      if (this.at<Header>('', described).value.required)
        expect(answer.headers, what).toHaveProperty(name.toLowerCase());
    }
    const type = answer.headers['content-type']?.split(';')[0];
    expect(Object.keys(value.content ?? {}), what).toEqual(type === undefined ? [] : [type]);
    if (type !== undefined) {
      expect(this.flawsOf(`${pointer}${pointerTo('content', type, 'schema')}`, answer.json), what).toBe('');
    }
    const { operationId = '' } = this.document.paths[path]?.[method.toLowerCase()] ?? {};
    this.seen.add(`${operationId}: ${answer.status < 400 ? 'success' : answer.json.code}`);
  }
}
