import { execFileSync } from 'node:child_process';

/** Returns the URL of the npm registry, or why the tests that install packages cannot run. */
export async function findRegistry(): Promise<{ readonly path: string } | { readonly missing: string }> {
  const url = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
  try {
    const { ok, status } = await fetch(new URL('zod/latest', url), { signal: AbortSignal.timeout(10_000) });
    return ok ? { path: url } : { missing: `${url} answers ${status}` };
  } catch (error) {
    return { missing: `${url} cannot be reached (${error instanceof Error ? error.message : error})` };
  }
}
