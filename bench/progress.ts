let stage = '';
let began: number | undefined;

/** From now on lines of progress are written; without it, as in tests, none is. */
export function startProgress(): void {
  began = performance.now();
}

/** Names the stage that the following lines of progress belong to. */
export function beginStage(name: string, index: number, count: number): void {
  stage = `[${index}/${count} ${name}] `;
}

/** One line on a terminal, written anew each time; elsewhere a line each. With the minutes and seconds since the start. */
export function progress(text: string): void {
  if (began === undefined) return;
  const line = `${clock(began)} ${stage}${text}`;
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
}

/** Removes the line of progress, so that a table can follow. */
export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

function clock(began: number): string {
  const seconds = Math.floor((performance.now() - began) / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
