/**
 * Threads of one process in different cgroups of version 1. CRIU 4.0 says of such a hierarchy that it is threaded
 * (criu/cgroup.c, dump_cg_props_array), and moves threads by the file `tasks`. CRIU 3.18 and 3.19 have that word for version 2
 * only: they look for `cgroup.threads`, which version 1 has not, and end the restore (cgroupd). Without the word they leave
 * the thread where its leader is.
 */
import type { Image, WireMessage } from '../../image-format/criu/image-set.js';
import { inner, many } from '../image-index.js';
import { eachController } from './controllers.js';
import { leadersOf } from './leaders.js';
import { type WireStep, without } from './step.js';

export const threadCgroups: WireStep = {
  name: 'thread-cgroups',
  since: '4.0',
  together: ['pstree', 'core', 'cgroup'],

  up: images =>
    eachOfVersionOne(images, controller =>
      savesTasks(controller) ? { ...controller, is_threaded: true } : controller,
    ),

  down(images, lost) {
    for (const { thread, controllers } of apart(images)) {
      lost({
        field: 'cg_controller_entry.is_threaded',
        at: thread,
        severity: 'degrading',
        reason: `CRIU before 4.0 leaves a thread in its leader's cgroup (version 1: ${controllers.join(', ')})`,
      });
    }
    return eachOfVersionOne(images, controller => without(controller, 'is_threaded'));
  },
};

function eachOfVersionOne(
  images: readonly Image[],
  change: (controller: WireMessage) => WireMessage,
): readonly Image[] {
  return eachController(images, one => (isVersionOne(one) ? change(one) : one));
}

/**
 * Whether the settings of some cgroup were saved, `tasks` among them: that is how CRIU 4.0 tells version 1. They are not where it
 * left cgroups alone (--manage-cgroups=ignore), and moving threads would end such a restore: it has no cgroups at hand.
 */
function savesTasks(place: WireMessage): boolean {
  const below = [...many<WireMessage>(place, 'dirs'), ...many<WireMessage>(place, 'children')];
  return (
    many<WireMessage>(place, 'properties').some(({ name }) => name === 'tasks') || below.some(savesTasks)
  );
}

/** The hierarchy of version 2 has one controller, without a name. */
function isVersionOne(controller: WireMessage): boolean {
  return many<string>(controller, 'cnames')[0] !== '';
}

/** Threads that are in other cgroups of version 1 than their leaders, and the controllers of these. */
function* apart(images: readonly Image[]): Iterable<{ thread: string; controllers: readonly string[] }> {
  const leaderOf = leadersOf(images);
  const setOf = new Map(images.flatMap(setOfCore));
  const places = new Map(images.flatMap(placesBySet));
  for (const [thread, set] of setOf) {
    const leader = setOf.get(leaderOf.get(thread) ?? thread);
    if (leader === undefined || leader === set) continue;
    const home = places.get(leader);
    const controllers = [...(places.get(set) ?? [])].flatMap(([name, path]) =>
      name === '' || home?.get(name) === path ? [] : [name],
    );
    if (controllers.length > 0) yield { thread, controllers };
  }
}

function setOfCore(image: Image): (readonly [file: string, set: number])[] {
  if (image.kind !== 'core' || image.form !== 'records') return [];
  const set = inner(image.records[0]?.message, 'thread_core')?.cg_set;
  return set === undefined ? [] : [[image.file, set as number]];
}

/** The path in each controller, by the number of the set. */
function placesBySet(image: Image): (readonly [set: number, paths: ReadonlyMap<string, string>])[] {
  if (image.kind !== 'cgroup' || image.form !== 'records') return [];
  const sets = image.records.flatMap(({ message }) => many<WireMessage>(message, 'sets'));
  return sets.map(set => {
    const members = many<WireMessage>(set, 'ctls');
    return [set.id as number, new Map(members.map(one => [one.name as string, one.path as string]))];
  });
}
