/** What fanotify(7) can be asked on one kernel and not on another. */
import type { OpenFile } from '../../image-format/neutral/index.js';
import { watchEvents } from '../../image-format/neutral/words/files.js';
import { bits } from '../shapes/reps.js';
import { isBefore, type KernelStep, type KernelVersion } from './step.js';

type Group = Extract<OpenFile, { kind: 'fanotify' }>;
type Part = 'groupFlags' | 'marks.flags' | 'marks.events';

/** Flags of fanotify_init(2) and fanotify_mark(2) and events, with the first kernel of each (uapi/linux/fanotify.h). */
const SINCE: readonly (readonly [part: Part, bit: number, name: string, since: KernelVersion])[] = [
  ['groupFlags', 0x80, 'FAN_REPORT_PIDFD', [5, 15]],
  ['groupFlags', 0x1000, 'FAN_REPORT_TARGET_FID', [5, 17]],
  ['groupFlags', 0x2000, 'FAN_REPORT_FD_ERROR', [6, 13]],
  ['groupFlags', 0x4000, 'FAN_REPORT_MNT', [6, 15]],
  ['marks.flags', 0x200, 'FAN_MARK_EVICTABLE', [5, 19]],
  ['marks.flags', 0x400, 'FAN_MARK_IGNORE', [6, 0]],
  ['marks.events', 0x8000, 'FAN_FS_ERROR', [5, 16]],
  ['marks.events', 0x10000000, 'FAN_RENAME', [5, 17]],
  ['marks.events', 0x100000, 'FAN_PRE_ACCESS', [6, 14]],
];

const events = bits(watchEvents);

/** Every bit that a group has set somewhere. */
const SET: Readonly<Record<Part, (group: Group) => number>> = {
  groupFlags: group => Number(group.groupFlags),
  'marks.flags': ({ marks = [] }) => marks.reduce((set, mark) => set | Number(mark.flags), 0),
  'marks.events': ({ marks = [] }) =>
    marks.reduce((set, mark) => set | Number(events.lower([...mark.events, ...mark.ignored])), 0),
};

/** The kernel refuses a bit that it does not know, so the group or its marks cannot be made again. */
export const fanotifyReports: KernelStep = {
  name: 'fanotify-reports',
  apply(tree, { kernel, lost }) {
    const missing = SINCE.filter(([, , , since]) => isBefore(kernel, since));
    tree.openFiles.forEach((file, index) => {
      if (file.kind !== 'fanotify') return;
      for (const [part, bit, name, [major, minor]] of missing) {
        if ((SET[part](file) & bit) === 0) continue;
        lost({
          field: `openFiles.${part}`,
          at: `/openFiles/${index}`,
          severity: 'fatal',
          reason: `a process watches files with ${name}, which kernels before ${major}.${minor} do not have`,
        });
      }
    });
    return tree;
  },
};
