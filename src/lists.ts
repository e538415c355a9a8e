/** Lists by key. */

/** Adds a value to the list under a key; an undefined key is left out. */
export function put<K, V>(lists: Map<K, V[]>, key: K | undefined, value: V): void {
  if (key === undefined) return;
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
