/**
 * CRIU 3.18 and newer save settings of cgroups of version 2 that an older one writes back as they stand: the kernel takes
 * `cgroup.subtree_control` with a sign before each controller only, and no `cgroup.type` but "threaded", and that before
 * processes come (criu/cgroup.c, restore_cgroup_prop). The older CRIU ends a restore that has to make the cgroup.
 */
import type { WireMessage } from '../../image-format/criu/image-set.js';
import { many } from '../image-index.js';
import { eachController } from './controllers.js';
import type { WireStep } from './step.js';

export const cgroupProperties: WireStep = {
  name: 'cgroup-properties',
  since: '3.18',
  together: [],

  up: images => eachController(images, controller => withProperties(controller, unsigned)),

  down: images => eachController(images, controller => withProperties(controller, signed)),
};

/** What becomes of a value of `cgroup.subtree_control`. */
type Controllers = (names: string) => string;

const signed: Controllers = names => names.replace(/(?<=^| )(?=[^+ ])/g, '+');
const unsigned: Controllers = names => names.replaceAll('+', '');

/** The same of a controller, or of a folder of one. */
function withProperties(place: WireMessage, rewrite: Controllers): WireMessage {
  const out = { ...place } as Record<string, WireMessage[string]>;
  for (const part of ['dirs', 'children']) {
    if (place[part] === undefined) continue;
    out[part] = many<WireMessage>(place, part).map(inner => withProperties(inner, rewrite));
  }
  if (place.properties !== undefined) {
    out.properties = many<WireMessage>(place, 'properties').flatMap(property => {
      if (property.name === 'cgroup.type') return [];
      if (property.name !== 'cgroup.subtree_control') return [property];
      return [{ ...property, value: rewrite(property.value as string) }];
    });
  }
  return out;
}
