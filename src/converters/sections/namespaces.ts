/** Namespaces, and what is in them. */
import type { WireMessage } from '../../image-format/criu/image-set.js';
import type { Namespace, NamespaceOf, Tree } from '../../image-format/neutral/index.js';
import { type ImageCollector, type ImageIndex, numberOf } from '../image-index.js';
import type { PayloadSink } from '../payloads.js';
import * as shapes from '../shapes/namespaces.js';
import { network, networkDevice, networkDumps } from '../shapes/network.js';
import { liftMessage, lowerMessage, type Shape } from '../shapes/shape.js';
import { IPC_KINDS, liftIpc, lowerIpc } from './ipc.js';
import type { LiftContext, LowerContext, Section } from './section.js';

/** Namespaces that are one record in one image: the document's kind, the image's, and the shape. */
const SIMPLE = [
  ['hostname', 'utsns', shapes.hostname],
  ['time', 'timens', shapes.time],
  ['pid', 'pidns', shapes.pid],
  ['user', 'userns', shapes.user],
] as const;

type Network = NamespaceOf<'network'>;

export const namespaces: Section<'namespaces'> = {
  lift(images, { payloads }) {
    const list: Namespace[] = [
      ...SIMPLE.flatMap(([kind, image, table]) =>
        images
          .ids(image)
          .map(id => liftSimple(kind, id, images.first(image, id) ?? {}, table as Shape<unknown>)),
      ),
      ...images.ids(...IPC_KINDS).map(id => liftIpc(id, images, payloads)),
      ...images.ids('mountpoints').map(
        (id): Namespace => ({
          id: `namespace-${id}`,
          kind: 'mount',
          mounts: images.records('mountpoints', id).map(({ message }) => liftMessage(shapes.mount, message)),
        }),
      ),
      ...images
        .ids('netns', 'netdev', ...networkDumps.map(([kind]) => kind))
        .map(id => liftNetwork(id, images, payloads)),
    ];
    return list.length === 0 ? {} : { namespaces: list };
  },

  lower(tree, out, context) {
    (tree.namespaces ?? []).forEach((namespace, index) => {
      lowerNamespace(namespace, `/namespaces/${index}`, out, context);
    });
  },
};

function liftSimple(kind: string, id: string, message: WireMessage, table: Shape<unknown>): Namespace {
  return { id: `namespace-${id}`, kind, ...(liftMessage(table, message) as object) } as Namespace;
}

function lowerNamespace(namespace: Namespace, at: string, out: ImageCollector, context: LowerContext): void {
  const id = numberOf(namespace.id);
  if (namespace.kind === 'ipc') lowerIpc(namespace, at, out, context);
  else if (namespace.kind === 'network') lowerNetwork(namespace, at, out, context);
  else if (namespace.kind === 'mount') {
    const records = namespace.mounts.map(mount => ({ message: lowerMessage(shapes.mount, mount) }));
    out.add(
      'mountpoints',
      id,
      records,
      namespace.mounts.map((_, index) => `${at}/mounts/${index}`),
    );
  } else {
    const row = SIMPLE.find(([kind]) => kind === namespace.kind);
    if (row !== undefined)
      out.add(row[1], id, [{ message: lowerMessage(row[2] as Shape<unknown>, namespace) }], at);
  }
}

function liftNetwork(id: string, images: ImageIndex, payloads: PayloadSink): Network {
  const own = images.first('netns', id);
  const dumps = networkDumps.flatMap(([kind, name]) => {
    const content = images.raw(kind, id);
    return content === undefined ? [] : [[name, payloads.add(`${kind}-${id}`, content)] as const];
  });
  return {
    id: `namespace-${id}`,
    kind: 'network',
    ...(own === undefined ? undefined : liftMessage(network, own)),
    ...(images.has('netdev', id)
      ? { devices: images.records('netdev', id).map(({ message }) => liftMessage(networkDevice, message)) }
      : undefined),
    ...Object.fromEntries(dumps),
  };
}

function lowerNetwork(namespace: Network, at: string, out: ImageCollector, { resolve }: LowerContext): void {
  const id = numberOf(namespace.id);
  out.add('netns', id, [{ message: lowerMessage(network, namespace) }], at);
  const { devices } = namespace;
  if (devices !== undefined) {
    const records = devices.map(device => ({ message: lowerMessage(networkDevice, device) }));
    out.add(
      'netdev',
      id,
      records,
      devices.map((_, index) => `${at}/devices/${index}`),
    );
  }
  for (const [kind, name] of networkDumps) {
    const content = namespace[name];
    if (content !== undefined) out.addRaw(kind, id, resolve(content));
  }
}

/** Files of file systems in memory: archives, named by mount or by device. */
export const archives: Section<'archives'> = {
  lift(images: ImageIndex, { payloads }: LiftContext) {
    const list: NonNullable<Tree['archives']> = [];
    for (const [id, content] of images.allRaw('tmpfs')) {
      list.push({ mount: Number(id), contents: payloads.add(`tmpfs-${id}`, content) });
    }
    for (const [id, content] of images.allRaw('tmpfs-dev')) {
      const number = Number(id);
      const device = { major: number >>> 20, minor: number & 0xfffff };
      list.push({ device, contents: payloads.add(`tmpfs-dev-${id}`, content) });
    }
    return list.length === 0 ? {} : { archives: list };
  },
  lower(tree, out, { resolve }) {
    for (const { mount, device, contents } of tree.archives ?? []) {
      if (mount !== undefined) out.addRaw('tmpfs', mount, resolve(contents));
      if (device !== undefined)
        out.addRaw('tmpfs-dev', ((device.major << 20) | device.minor) >>> 0, resolve(contents));
    }
  },
};
