import { fits } from './pattern.js';

/** What becomes of an open file of the frozen processes, beyond being opened again where it lies. */
export const FILE_ACTIONS = ['keep', 'carry', 'ignore', 'reopen'] as const;
export type FileAction = (typeof FILE_ACTIONS)[number];

export interface FileRule {
  /** An absolute path with `*`, `**` and `?`. */
  readonly pattern: string;
  readonly action: FileAction;
}

/** Whether a rule was made for a path, be it to keep the file as usual. Pure. */
export function isRuled(rules: readonly FileRule[], path: string): boolean {
  return rules.some(rule => fits(rule.pattern, path));
}

/** What the rules say of a path: `keep` where none fits. Pure. */
export function actionFor(rules: readonly FileRule[], path: string): FileAction {
  return rules.find(rule => fits(rule.pattern, path))?.action ?? 'keep';
}
