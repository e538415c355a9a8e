import type { Examination } from '../../host/doctor/examine.js';
import { type Area, areas, type Finding } from '../../host/doctor/finding.js';
import type { Style } from './style.js';
import { printable } from './text.js';

const headings: Record<Area, string> = {
  kernel: 'Kernel',
  criu: 'CRIU',
  privileges: 'Privileges',
  modules: 'Kernel modules',
  tools: 'Programs',
  store: 'Store',
  switch: 'Kernel switch',
};

/** Pure: a machine's examination for people, a section per area, and what follows from all of it. */
export function doctorText(examination: Examination, style: Style): string {
  const sections = areas.flatMap(area => {
    const findings = examination.findings.filter(one => one.area === area);
    return findings.length === 0
      ? []
      : [style.bold(headings[area]), ...findings.flatMap(one => findingLines(one, style)), ''];
  });
  return [...sections, ...verdicts(examination, style), ...install(examination.findings, style)].join('\n');
}

function findingLines(finding: Finding, style: Style): string[] {
  const signs = { good: style.green('✓'), limited: style.yellow('!'), bad: style.red('✗') };
  const lines = [`  ${signs[finding.grade]} ${printable(finding.what)}`];
  if (finding.consequence !== undefined) lines.push(`      ${printable(finding.consequence)}`);
  if (finding.remedy !== undefined) lines.push(`      ${style.dim('do:')} ${printable(finding.remedy)}`);
  if (finding.packages !== undefined) {
    lines.push(`      ${style.dim('install:')} ${finding.packages.join(' ')}`);
  }
  return lines;
}

function verdicts(examination: Examination, style: Style): string[] {
  const limited = examination.findings.filter(one => one.grade === 'limited').length;
  const freeze = examination.canFreeze
    ? limited === 0
      ? style.green('possible')
      : style.green('possible, with the exceptions above')
    : style.red('not possible');
  const change = examination.canSwitch ? style.green('possible') : style.red('not possible (reboot instead)');
  return [`Freeze and thaw: ${freeze}`, `Switch kernels with kexec: ${change}`];
}

function install(findings: readonly Finding[], style: Style): string[] {
  const packages = [...new Set(findings.flatMap(one => one.packages ?? []))];
  return packages.length === 0
    ? []
    : [`To install what is missing: ${style.bold(`apt install ${packages.join(' ')}`)}`];
}
