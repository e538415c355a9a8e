import { shellWord } from './shell-word.js';

/** A command of ours that works in a store, where its own words do not name one. */
const COMMAND = /\bckpt (thaw|rm|list|show|verify|memory|convert|freeze|guard)\b(?![^,;`\n]*--store )/g;

/**
 * A text with commands to type next, made to act on the store that it is about. Pure.
 * @param elsewhere that store, absolute, where such a command would act on another (see `Globals`)
 */
export function withStore(text: string, elsewhere: string | undefined): string {
  if (elsewhere === undefined) return text;
  const word = shellWord(elsewhere);
  return text.replace(COMMAND, (_, command: string) => `ckpt ${command} --store ${word}`);
}
