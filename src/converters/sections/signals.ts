/** Signal handlers and filesystem contexts: shared by processes, stated once. */
import type { WireMessage } from '../../image-format/criu/image-set.js';
import type { SignalAction, SignalTable } from '../../image-format/neutral/index.js';
import { LAST_SIGNAL, SIGNAL_NAMES } from '../../image-format/neutral/words/signals.js';
import { type ImageIndex, inner } from '../image-index.js';
import * as shapes from '../shapes/processes.js';
import { liftMessage, lowerMessage } from '../shapes/shape.js';
import type { Section } from './section.js';

/** CRIU writes an action for each signal but the two that cannot have one (criu/cr-dump.c). */
const WITH_ACTION = SIGNAL_NAMES.slice(1, LAST_SIGNAL + 1).filter(
  name => name !== 'SIGKILL' && name !== 'SIGSTOP',
);
const DEFAULT: WireMessage = { sigaction: 0n, flags: 0n, restorer: 0n, mask: 0n, compat_sigaction: false };

export const signals: Section<'signalTables'> = {
  lift(images) {
    const tables = new Map<string, SignalTable>();
    for (const { pid, ids } of owners(images)) {
      const actions = inner(images.first('core', pid), 'tc')?.sigactions;
      const id = `signals-${ids.sighand_id as number}`;
      if (actions === undefined || tables.has(id)) continue;
      tables.set(id, { id, actions: liftActions(actions as readonly WireMessage[]) });
    }
    return { signalTables: [...tables.values()] };
  },
  lower() {
    // the table of a process is part of its core image: see processes.ts
  },
};

function liftActions(entries: readonly WireMessage[]): SignalAction[] {
  const actions: SignalAction[] = [];
  entries.forEach((entry, index) => {
    const signal = WITH_ACTION[index];
    if (signal === undefined || isDefault(entry)) return;
    actions.push({ signal, ...liftMessage(shapes.signalAction, entry) });
  });
  return actions;
}

function isDefault(entry: WireMessage): boolean {
  return (
    entry.sigaction === 0n &&
    entry.flags === 0n &&
    entry.mask === 0n &&
    entry.restorer === 0n &&
    entry.compat_sigaction === false
  );
}

/** The actions of a table as CRIU writes them: one for each signal. */
export function lowerSignalTable(table: SignalTable): WireMessage[] {
  const given = new Map(table.actions.map(action => [action.signal, action]));
  return WITH_ACTION.map(name => {
    const action = given.get(name);
    return action === undefined ? DEFAULT : lowerMessage(shapes.signalAction, action);
  });
}

export const filesystems: Section<'filesystems'> = {
  lift(images) {
    const found = new Map<string, WireMessage>();
    for (const { pid, ids } of owners(images)) {
      const id = `filesystem-${ids.fs_id as number}`;
      const message = images.first('fs', pid);
      if (message !== undefined && !found.has(id)) found.set(id, message);
    }
    return {
      filesystems: [...found].map(([id, message]) => ({ id, ...liftMessage(shapes.filesystem, message) })),
    };
  },
  lower(tree, out) {
    const contexts = new Map(tree.filesystems.map((context, index) => [context.id, { context, index }]));
    for (const process of tree.processes) {
      const found = contexts.get(process.filesystem ?? '');
      if (found === undefined) continue;
      const message = lowerMessage(shapes.filesystem, found.context);
      out.add('fs', process.pid, [{ message }], `/filesystems/${found.index}`);
    }
  },
};

/** Every process that has objects of its own, in the order of the tree. */
export function owners(images: ImageIndex): { pid: number; ids: WireMessage }[] {
  return images.records('pstree').flatMap(({ message }) => {
    const pid = message.pid as number;
    const ids = images.first('ids', pid);
    return ids === undefined ? [] : [{ pid, ids }];
  });
}
