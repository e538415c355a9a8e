import { chmod, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';

const loader = 'ld-linux-x86-64.so.2';

/**
 * Turns an unpacked tree of packages into a folder that runs one program anywhere: the program, exactly the
 * libraries that it is linked with, their own dynamic loader, and a script of the program's name to start it.
 *
 * @param root the unpacked packages; `/` for a program of this machine
 * @param program its path inside root, e.g. `usr/sbin/criu`
 * @throws when a library is missing from root
 */
export async function makePortable(root: string, program: string, folder: string): Promise<void> {
  const lib = join(folder, 'lib');
  const bin = join(folder, 'bin');
  await mkdir(lib, { recursive: true });
  await mkdir(bin, { recursive: true });
  const name = basename(program);
  const loaderPath = await findLoader(root);
  const listed = await execa(
    loaderPath,
    ['--list', '--library-path', librariesOf(root), join(root, program)],
    {
      reject: false,
      all: true,
      env: { LC_ALL: 'C' },
    },
  );
  const libraries = librariesListed(listed.all);
  const outside = libraries.filter(library => !library.path.startsWith(join(root, '/')));
  if (listed.exitCode !== 0 || libraries.length === 0 || outside.length > 0) {
    const missing = outside.map(library => library.name).join(', ');
    throw new Error(`the packages do not hold all libraries of ${name}: ${missing || listed.all}`);
  }
  for (const library of libraries) await copyFile(library.path, join(lib, library.name));
  await copyFile(loaderPath, join(lib, loader));
  await chmod(join(lib, loader), 0o755);
  await copyFile(join(root, program), join(bin, name));
  await chmod(join(bin, name), 0o755);
  await writeFile(join(folder, name), launcher(name), { mode: 0o755 });
}

/** The libraries in what the dynamic loader's `--list` prints; one that was not found has the path `not found`. */
export function librariesListed(output: string): readonly { readonly name: string; readonly path: string }[] {
  return output.split('\n').flatMap(line => {
    const match = /^\s*(\S+) => (not found|\S+)/.exec(line);
    if (match === null) return [];
    const [, name = '', path = ''] = match;
    return name.includes('/') ? [] : [{ name, path }];
  });
}

/**
 * The script that starts the program: it finds its own folder (also through a link), so that the folder can be
 * copied anywhere, and becomes the program instead of staying its parent, so that PIDs and signals are right.
 */
export function launcher(name: string): string {
  return `#!/bin/sh
case $0 in
  */*) self=$0 ;;
  *) self=./$0 ;;
esac
while [ -h "$self" ]; do
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=\${self%/*}/$target ;;
  esac
done
case $self in
  /*) here=\${self%/*} ;;
  *) here=$PWD/\${self%/*} ;;
esac
exec "$here/lib/${loader}" --argv0 ${name} --library-path "$here/lib" "$here/bin/${name}" "$@"
`;
}

function librariesOf(root: string): string {
  return ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'].map(path => join(root, path)).join(':');
}

async function findLoader(root: string): Promise<string> {
  for (const path of ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu', 'usr/lib64', 'lib64']) {
    const names: readonly string[] = await readdir(join(root, path)).catch(() => []);
    if (names.includes(loader)) return join(root, path, loader);
  }
  throw new Error(`the packages hold no ${loader}`);
}
