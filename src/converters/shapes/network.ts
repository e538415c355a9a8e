/** Shapes of network namespaces and devices. */
import type { NamespaceOf, NetworkDevice, Setting } from '../../image-format/neutral/index.js';
import { deviceTypes, interfaceFlags, settingTypes } from '../../image-format/neutral/words/namespaces.js';
import { ipAddress } from './addresses.js';
import { base64, bits, boolean, list, named, nested, number, reference, text } from './reps.js';
import { shape } from './shape.js';

const setting = shape<Setting>('sysctl_entry', {
  type: ['type', named(settingTypes)],
  iarg: ['number', number],
  sarg: ['text', text],
});
const settings = list(nested(setting));

type Network = NamespaceOf<'network'>;
type Neighbour = NonNullable<Network['neighbours']>[number];

const neighbour = shape<Neighbour>('netns_id', {
  target_ns_id: ['namespace', reference('namespace')],
  netnsid_value: ['number', number],
});

export const network = shape<Omit<Network, 'id' | 'kind' | 'devices'>>('netns_entry', {
  def_conf: ['oldDefaults', list(number)],
  all_conf: ['oldAll', list(number)],
  def_conf4: ['ipv4Defaults', settings],
  all_conf4: ['ipv4All', settings],
  def_conf6: ['ipv6Defaults', settings],
  all_conf6: ['ipv6All', settings],
  nsids: ['neighbours', list(nested(neighbour))],
  ext_key: ['externalKey', text],
  unix_conf: ['unix', settings],
  ipv4_sysctl: ['ipv4', settings],
});

const tun = shape<NonNullable<NetworkDevice['tun']>>('tun_link_entry', {
  flags: ['flags', number],
  owner: ['owner', number],
  group: ['group', number],
  vnethdr: ['headerSize', number],
  sndbuf: ['sendBuffer', number],
});

const macvlan = shape<NonNullable<NetworkDevice['macvlan']>>('macvlan_link_entry', {
  mode: ['mode', number],
  flags: ['flags', number],
});

const sit = shape<NonNullable<NetworkDevice['sit']>>('sit_entry', {
  link: ['link', number],
  local: ['local', ipAddress],
  remote: ['remote', ipAddress],
  ttl: ['timeToLive', number],
  tos: ['typeOfService', number],
  pmtudisc: ['pathMtuDiscovery', boolean],
  proto: ['protocol', number],
  flags: ['flags', number],
  encap_type: ['encapsulation', number],
  encap_flags: ['encapsulationFlags', number],
  encap_sport: ['encapsulationSource', number],
  encap_dport: ['encapsulationTarget', number],
  rd_prefixlen: ['prefixLength', number],
  rd_prefix: ['prefix', ipAddress],
  relay_prefixlen: ['relayPrefixLength', number],
  relay_prefix: ['relayPrefix', ipAddress],
});

export const networkDevice = shape<NetworkDevice>('net_device_entry', {
  type: ['type', named(deviceTypes)],
  ifindex: ['index', number],
  mtu: ['mtu', number],
  flags: ['flags', bits(interfaceFlags)],
  name: ['name', text],
  tun: ['tun', nested(tun)],
  address: ['address', base64],
  conf: ['oldSettings', list(number)],
  conf4: ['ipv4', settings],
  conf6: ['ipv6', settings],
  macvlan: ['macvlan', nested(macvlan)],
  peer_ifindex: ['peerIndex', number],
  peer_nsid: ['peerNamespace', number],
  master: ['master', number],
  sit: ['sit', nested(sit)],
});

/** Dumps of other tools, by kind of image and by the document's name. */
export const networkDumps = [
  ['ifaddr', 'addresses'],
  ['route', 'routes'],
  ['route6', 'routes6'],
  ['rule', 'rules'],
  ['iptables', 'iptables'],
  ['ip6tables', 'ip6tables'],
  ['nftables', 'nftables'],
  ['netns-ct', 'connections'],
  ['netns-exp', 'expectedConnections'],
] as const;
