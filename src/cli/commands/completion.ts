import { Argument, type Command } from 'commander';
import { fail } from '../../errors.js';
import { examples } from '../frame/examples.js';
import { createIo, type Io } from '../frame/io.js';

const shells = ['bash', 'zsh', 'fish'] as const;

/** `ckpt completion SHELL`: a script that teaches a shell the commands and options. */
export function register(program: Command, io: Io): void {
  const command = program
    .command('completion')
    .description('Print a script that lets a shell complete commands, options, bundles, services and PIDs.')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action(async (shell: string) => {
      const script = await completionScript(shell);
      if (io.globals.json) io.json({ kind: 'completion', shell, script });
      else io.out(script);
    });
  examples(command, [
    ['ckpt completion bash > /etc/bash_completion.d/ckpt', 'for every user of bash'],
    ['ckpt completion zsh > /usr/local/share/zsh/site-functions/_ckpt', 'for zsh'],
    ['ckpt completion fish > ~/.config/fish/completions/ckpt.fish', 'for fish'],
    ['eval "$(ckpt completion bash)"', 'for this shell only'],
  ]);
}

/** The script for one shell, made from all commands as they are registered. */
async function completionScript(shell: string): Promise<string> {
  const [{ buildProgram }, { shapeOf }] = await Promise.all([
    import('../frame/program.js'),
    import('../frame/shape.js'),
  ]);
  const nowhere = { write: () => {}, isTty: false, columns: undefined };
  const shape = shapeOf(await buildProgram(createIo({ out: nowhere, err: nowhere, env: {} }), () => true));
  switch (shell) {
    case 'bash':
      return (await import('../render/completion/bash.js')).bashCompletion(shape);
    case 'zsh':
      return (await import('../render/completion/zsh.js')).zshCompletion(shape);
    case 'fish':
      return (await import('../render/completion/fish.js')).fishCompletion(shape);
    default:
      throw fail('bad-option-value', {
        option: '<shell>',
        value: shell,
        expected: `one of ${shells.join(', ')}`,
      });
  }
}
