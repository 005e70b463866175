import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { VARIABLES } from '../../src/main/config.js';

/** The keys under `environment:` of a service, by the indentation of the file. */
function environmentOf(service: string, file: string): string[] {
  const [, block = ''] = new RegExp(`^  ${service}:\\n((?:    .*\\n)+)`, 'm').exec(file) ?? [];
  const [, keys = ''] = /^ {4}environment:\n((?: {6}.*\n)+)/m.exec(block) ?? [];
  return [...keys.matchAll(/^ {6}(\w+):/gm)].flatMap(([, key]) => key ?? []);
}

it('docker-compose.yml configures the server with variables the server knows', () => {
  const variables = environmentOf('server', readFileSync('docker-compose.yml', 'utf8'));
  expect(variables).toContain('DATABASE_URL');
  for (const variable of variables) expect(VARIABLES).toContain(variable);
});
