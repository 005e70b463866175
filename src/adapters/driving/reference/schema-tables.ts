import type { JsonSchema } from '../operations/schemas.js';
import type { Html } from './html.js';
import { html, prose } from './html.js';

const nameOf = (ref: string): string => ref.split('/').at(-1) ?? ref;

/** Returns the type of a value in words, with links to shapes. */
export function typeOf(schema: JsonSchema): Html {
  if (schema.$ref !== undefined) return html`<a href="#shape-${nameOf(schema.$ref)}">${nameOf(schema.$ref)}</a>`;
  if (schema.const !== undefined) return html`${JSON.stringify(schema.const)}`;
  if (schema.enum) return html`${schema.enum.map(each => JSON.stringify(each)).join(' or ')}`;
  if (schema.items) return html`list of ${typeOf(schema.items)}`;
  if (schema.oneOf && schema.properties) return html`object with one of ${Object.keys(schema.properties).join(', ')}`;
  if (schema.format === 'uuid') return html`id`;
  if (schema.format === 'date-time') return html`time`;
  return html`${[schema.type ?? 'anything'].flat().join(' or ')}`;
}

export interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

export const fieldsOf = ({ properties = {}, required = [] }: JsonSchema): Field[] =>
  Object.entries(properties).map(([name, schema]) => ({ name, required: required.includes(name), schema }));

/** A table of the fields of an object. */
export const fieldTable = (caption: string, fields: readonly Field[]): Html => html`
<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr><th scope="col">field</th><th scope="col">type</th><th scope="col">meaning</th></tr></thead>
<tbody>${fields.map(
  ({ name, required, schema }) => html`<tr>
<th scope="row"><code>${name}</code>${required ? '' : html` <span class="optional">optional</span>`}</th>
<td>${typeOf(schema)}</td><td>${prose(schema.description ?? '')}${boundsOf(schema)}</td></tr>`,
)}</tbody></table></div>`;

function boundsOf({ minimum, maximum, default: value }: JsonSchema): Html {
  const range = minimum !== undefined && maximum !== undefined ? ` ${minimum} to ${maximum}.` : '';
  return html`${range}${value === undefined || value === '' ? '' : ` Default: ${JSON.stringify(value)}.`}`;
}
