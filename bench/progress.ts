let stage = '';
let began: number | undefined;

/** Enables lines of progress. Tests do not call it, so that nothing is written. */
export function startProgress(): void {
  began = performance.now();
}

/** Sets the stage that is named in lines of progress. */
export function beginStage(name: string, index: number, count: number): void {
  stage = `[${index}/${count} ${name}] `;
}

/** Writes a line with the time since the start; on a terminal it replaces the one before. */
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
