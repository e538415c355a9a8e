import { readFile } from 'node:fs/promises';
import type { FailureCode } from '../../errors.js';
import { liesIn } from '../../versions.js';
import { causeRules } from './causes/index.js';
import { echoes, harmless } from './causes/no-answers.js';
import type { Action, CauseRule } from './causes/rule.js';

/** Which run a log is of. */
export interface LogOrigin {
  readonly action: Action;
  /** Version of the CRIU, dotted. */
  readonly criu: string;
}

/** What a rule makes of a line. */
export interface KnownCause {
  readonly code: FailureCode;
  /** What the line names: path, descriptor, socket… */
  readonly facts: Readonly<Record<string, string>>;
}

/** What a CRIU log says went wrong. */
export interface LogFinding {
  /** The line that tells most, without CRIU's time, PID and place; undefined when there is none. */
  readonly line: string | undefined;
  /** The process that the line, or one that repeats it, names. */
  readonly pid: number | undefined;
  /** What a rule makes of the line; undefined where none knows it. */
  readonly known: KnownCause | undefined;
  /** The lines around it. */
  readonly excerpt: readonly string[];
}

/** A line of the log that complains. */
interface Complaint {
  readonly at: number;
  /** Whether CRIU calls it an error; otherwise it is a warning. */
  readonly error: boolean;
  readonly pid: number | undefined;
  readonly text: string;
}

/**
 * Finds the cause in the text of a CRIU log. Pure. The first line that a rule knows is taken, since later ones are its
 * consequences; a rule that yields to others only counts where none of them matches. Where no rule knows a line, the first error that is neither harmless nor an echo is taken as it is, and
 * failing that the first echo but the last line ("Dumping FAILED."), which says nothing.
 */
export function readLog(text: string, origin: LogOrigin): LogFinding {
  const lines = text.split('\n').filter(line => line !== '');
  const complaints = lines.flatMap((line, at) => complaintOf(line, at) ?? []);
  const matches = complaints.flatMap(complaint => {
    const rule = matchingRules(complaint.text, origin)[0];
    return rule === undefined ? [] : [{ complaint, rule }];
  });
  const telling = complaints.filter(({ text: said, error }) => error && !isAny(harmless, said));
  const unknown = telling.find(
    ({ text: said }) => !isAny(echoes, said) && matchingRules(said, origin).length === 0,
  );
  const last = unknown === undefined ? matches[0] : undefined;
  const match =
    matches.find(({ rule }) => rule.yieldsTo === undefined) ??
    matches.find(({ rule }) => rule.yieldsTo === 'rules') ??
    last;
  const complaint =
    match?.complaint ??
    unknown ??
    telling.find(({ text: said }) => !/FAILED\.?$/.test(said) && !/script/i.test(said));
  if (complaint === undefined)
    return { line: undefined, pid: undefined, known: undefined, excerpt: lines.slice(-5) };
  const facts = match === undefined ? {} : namedGroups(match.rule.says, complaint.text);
  return {
    line: complaint.text,
    pid: numberOf(facts.pid) ?? echoedPid(complaints) ?? complaint.pid,
    known: match && { code: match.rule.code, facts },
    excerpt: lines.slice(Math.max(0, complaint.at - 5), complaint.at + 6),
  };
}

/** Reads a log that may never have been made. */
export async function readLogFile(path: string, origin: LogOrigin): Promise<LogFinding> {
  return readLog(await readFile(path, 'utf8').catch(() => ''), origin);
}

/** Pure: the rules that know what a complaint means, without CRIU's time, PID and place; more than one is a mistake. */
export function matchingRules(said: string, { action, criu }: LogOrigin): CauseRule[] {
  return causeRules.filter(
    rule =>
      (rule.during ?? action) === action &&
      (rule.criu === undefined || liesIn(criu, rule.criu)) &&
      rule.says.test(said) &&
      rule.unless?.test(said) !== true,
  );
}

/**
 * Reads a line such as `(00.1) pie: 71: Error (criu/pie/restorer.c:12): failed`. Source of the form: criu/log.c,
 * vprint_on_level(), and LOG_PREFIX of the code that runs inside the process.
 */
function complaintOf(line: string, at: number): Complaint | undefined {
  const parts = /^(?:\(\d+\.\d+\))?\s*(?:pie:)?\s*(?:(\d+): ?)*\s*(Error|Warn)\s+\([^)]*\): ?(.*)$/.exec(
    line,
  );
  if (parts === null) return undefined;
  const [, pid, level, text = ''] = parts;
  return { at, error: level === 'Error', pid: numberOf(pid), text };
}

function isAny(table: readonly { readonly says: RegExp }[], said: string): boolean {
  return table.some(({ says }) => says.test(said));
}

/** The process that an echo of the failure names: by its number outside, where the code inside it says its own. */
function echoedPid(complaints: readonly Complaint[]): number | undefined {
  for (const { text } of complaints) {
    for (const { says } of echoes) {
      const pid = numberOf(namedGroups(says, text).pid);
      if (pid !== undefined) return pid;
    }
  }
  return undefined;
}

function namedGroups(pattern: RegExp, text: string): Record<string, string> {
  const groups = pattern.exec(text)?.groups ?? {};
  return Object.fromEntries(Object.entries(groups).filter(([, value]) => value !== undefined));
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
