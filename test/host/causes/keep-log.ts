import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';

/**
 * Keeps the log of a real failure as a fixture, when `CKPT_KEEP_LOGS` names a folder: how
 * test/fixtures/criu-logs is made. The header says what a reader must know to believe it.
 */
export function keepLog(
  name: string,
  log: string,
  origin: { readonly criu: string; readonly action: string; readonly code: string; readonly command: string },
): void {
  const folder = process.env.CKPT_KEEP_LOGS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const header = [
    `# code: ${origin.code}`,
    `# action: ${origin.action}`,
    `# criu: ${origin.criu}`,
    `# kernel: ${release()}`,
    `# command: ${origin.command}`,
  ];
  writeFileSync(join(folder, `${name}.log`), `${header.join('\n')}\n${readFileSync(log, 'utf8')}`);
}
