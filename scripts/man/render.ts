import type { CommandShape, OptionShape, ProgramShape } from '../../src/cli/render/shape.js';
import { Exit } from '../../src/errors/failure.js';
import { meanings, ownStatuses, type Status } from '../errors-docs/statuses.js';

/** Pure: the manual pages by file name: `ckpt.1`, and one for each command. */
export function manPages(program: ProgramShape): Map<string, string> {
  const pages = new Map([['ckpt.1', programPage(program)]]);
  for (const command of program.commands) {
    pages.set(`ckpt-${command.name}.1`, commandPage(program, command));
  }
  return pages;
}

function programPage(program: ProgramShape): string {
  const groups = [...new Set(program.commands.map(command => command.group))];
  return page(program, 'ckpt', 'freeze process trees, switch the kernel, thaw them', [
    ['SYNOPSIS', ['.B ckpt', '.RI [ options ]', '.I command', '.RI [ arguments ]']],
    [
      'DESCRIPTION',
      [
        text(
          'ckpt puts a new kernel under long-running processes. Before the switch, "ckpt freeze" writes process ' +
            'trees into a bundle on the disk; after it, "ckpt thaw" lets them run on, with their PIDs, memory, ' +
            'files and connections. CRIU does the native work on both sides; the bundle depends neither on the ' +
            'version of CRIU nor on that of the kernel.',
        ),
        '.PP',
        text(
          'A freeze is a transaction: whatever goes wrong, either a complete, verified bundle is on the disk or ' +
            'the processes run on. A thaw never changes what a bundle holds and can be tried again.',
        ),
      ],
    ],
    [
      'COMMANDS',
      groups.flatMap(group => [
        `.SS ${text(group.replace(/:$/, ''))}`,
        ...program.commands
          .filter(command => command.group === group)
          .flatMap(command => ['.TP', `.BR ckpt\\-${text(command.name)} (1)`, text(command.summary)]),
      ]),
    ],
    ['OPTIONS', program.options.flatMap(optionEntry)],
    ['EXAMPLES', exampleEntries(program)],
    ['EXIT STATUS', exitEntries()],
    ['ENVIRONMENT', environment],
    [
      'FILES',
      [
        '.TP',
        '.I /var/lib/ckpt',
        'The store: a folder for each bundle. Mode 0700, since a bundle holds memory.',
      ],
    ],
    [
      'SEE ALSO',
      [
        program.commands.map(command => `.BR ckpt\\-${text(command.name)} (1),`).join('\n'),
        '.BR criu (8),',
        '.BR kexec (8)',
      ],
    ],
  ]);
}

function commandPage(program: ProgramShape, command: CommandShape): string {
  const name = `ckpt-${command.name}`;
  return page(program, name, command.summary, [
    ['SYNOPSIS', [`.B ckpt ${text(command.name)}`, text(command.usage)]],
    ['DESCRIPTION', [text(command.description)]],
    [
      'ARGUMENTS',
      command.arguments.flatMap(argument => [
        '.TP',
        `.I ${text(argument.name)}${argument.variadic ? ' ...' : ''}`,
        text(argument.description === '' ? argument.name : argument.description),
      ]),
    ],
    ['OPTIONS', command.options.flatMap(optionEntry)],
    ['GLOBAL OPTIONS', program.options.filter(option => option.long !== '--version').flatMap(optionEntry)],
    ['EXAMPLES', exampleEntries(command)],
    ['EXIT STATUS', [...exitEntries(), ...(ownStatuses[command.name] ?? []).flatMap(statusEntry)]],
    ['SEE ALSO', ['.BR ckpt (1)']],
  ]);
}

type Section = readonly [heading: string, lines: readonly string[]];

function page(program: ProgramShape, name: string, summary: string, sections: readonly Section[]): string {
  return [
    `.\\" Made by npm run man from the commands themselves.`,
    `.TH ${text(name.toUpperCase())} 1 "" "ckpt ${text(program.version)}" "ckpt manual"`,
    '.nh',
    '.ad l',
    '.SH NAME',
    `${text(name)} \\- ${text(summary)}`,
    ...sections.flatMap(([heading, lines]) => (lines.length === 0 ? [] : [`.SH ${heading}`, ...lines])),
    '',
  ].join('\n');
}

function optionEntry(option: OptionShape): string[] {
  const { flags, description, byDefault } = option;
  const words = byDefault === undefined ? description : `${description} (default: ${byDefault})`;
  return ['.TP', `.B ${text(flags)}`, text(words)];
}

function exampleEntries(command: CommandShape): string[] {
  return command.examples.flatMap(([line, does]) => ['.TP', `.B ${text(line)}`, text(does)]);
}

function exitEntries(): string[] {
  const names = Object.keys(Exit) as (keyof typeof Exit)[];
  return names.map((name): Status => [Exit[name], meanings[name]]).flatMap(statusEntry);
}

function statusEntry([status, meaning]: Status): string[] {
  return ['.TP', `.B ${status}`, text(meaning)];
}

const environment: readonly string[] = (
  [
    ['CKPT_STORE', 'The folder that holds the bundles, where --store does not say it.'],
    ['CKPT_CRIU', 'The CRIU to use, where --criu does not say it.'],
    [
      'CKPT_SIGN_KEY',
      'A file with the private Ed25519 key (PEM) that freeze, import and convert sign bundles with.',
    ],
    [
      'CKPT_TRUST_KEY',
      'A file with the public half of such a key: thaw and verify refuse bundles that its owner did not sign.',
    ],
    ['NO_COLOR', 'Any value but the empty one switches colours off.'],
  ] as const
).flatMap(([name, meaning]) => ['.TP', `.B ${name}`, text(meaning)]);

/** Text that roff takes as it is: no escape, no request at the head of a line, dashes that can be copied. */
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1')
    .replaceAll('"', '\\(dq')
    .replaceAll('`', '\\(ga')
    .replace(
      /[^\n -~]/gu,
      character => `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}
