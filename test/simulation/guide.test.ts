import { expect, it, onTestFinished } from 'vitest';
import { blocksOf, createProject } from '../support/project.js';

it('the code of docs/simulation.md compiles, and finds the race that it plants', async () => {
  const blocks = blocksOf('docs/simulation.md');
  expect(Object.keys(blocks)).toEqual(['simulation']);
  const project = createProject({ packages: [], packed: false });
  onTestFinished(() => project.remove());
  project.write({ 'simulation.ts': blocks.simulation ?? '' });
  expect(await project.compile(['simulation.ts'])).toBe('');
  const program = project.start(['simulation.js']);
  expect(await program.ended).toBe(0);
  expect(program.output()).toMatch(/^seed \d+\n/);
  expect(program.output()).toMatch(/recorded 2 trades|refused after it was acknowledged|was refused, and recorded/);
});
