import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Types a line into an interactive zsh on a terminal of its own, presses Tab, and keeps what the completion adds: only there
 * are completion functions run as they are meant to be. Arguments: a folder, the script, the line.
 */
const DRIVER = `
zmodload zsh/zpty || exit 1
zpty -b z zsh -f -i
zpty -w z "PROMPT=; cd $1; autoload -Uz compinit; compinit -u -D; source $2; : > $1/offered"
zpty -w z 'compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits; builtin compadd -A hits "$@"; (( $#hits )) && print -rl -- $hits >> '$1'/offered
  builtin compadd "$@"
}'
zpty -w z 'after-tab() { print > '$1'/done; }; zle -N after-tab; bindkey "^X" after-tab; setopt no_beep'
zpty -w z "print READ''Y"
zpty -r -m z text '*READY*' || exit 1
zpty -w -n z "$3"$'\\t\\x18'
repeat 400; do [[ -e $1/done ]] && break; sleep 0.02; done
text=
while zpty -r -t z more; do text+=$more; done
zpty -d z
[[ -e $1/done ]] || exit 1
print -r -- "$text" > $1/said
`;

/** What zsh offers behind a line, and all that it wrote to the terminal meanwhile. */
export function offeredByZsh(
  script: string,
  line: string,
  env: Record<string, string>,
): { readonly words: readonly string[]; readonly terminal: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ckpt-zsh-'));
  try {
    writeFileSync(join(folder, 'driver'), DRIVER);
    const words = ['-f', join(folder, 'driver'), folder, script, line];
    const ran = spawnSync('zsh', words, {
      encoding: 'utf8',
      timeout: 20_000,
      env: { ...process.env, ...env },
    });
    if (ran.status !== 0) throw new Error(`zsh did not complete "${line}": ${ran.stderr}${ran.stdout}`);
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    const offered = read('offered').split('\n');
    return { words: [...new Set(offered)].filter(word => word !== '').sort(), terminal: read('said') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
