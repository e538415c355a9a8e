import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's space for young objects as small as it begins, for whoever makes many objects that die at once: images are
 * read, said in words and written one by one. 500 processes with 200,000 mappings: 110 MiB instead of 140, and a tenth
 * less processor time. Work whose objects stay (reading a large document) takes longer with it.
 */
export function keepYoungSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
