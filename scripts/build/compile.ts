/** `npm run build`: TypeScript to `dist/`, with the JSON tables that it reads and a program that can be started. */
import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

const root = join(import.meta.dirname, '..', '..');
const shebang = '#!/usr/bin/env node\n';

const { exitCode } = await execa(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
  reject: false,
});
if (exitCode !== 0) process.exit(1);
await copyTables();
await makeProgram(join(root, 'dist', 'cli', 'main.js'));

async function copyTables(): Promise<void> {
  const names = await readdir(join(root, 'src'), { recursive: true });
  for (const name of names.filter(file => file.endsWith('.json'))) {
    const target = join(root, 'dist', name);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(root, 'src', name), target);
  }
}

async function makeProgram(path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  if (!text.startsWith('#!')) await writeFile(path, shebang + text);
  await chmod(path, 0o755);
}
