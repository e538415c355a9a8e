/** Section: what is in a network namespace. */
import { z } from 'zod';
import { base64, i32, oneOf, payloadReference, reference, setOf, text, u32 } from './scalars.js';
import { deviceTypes, interfaceFlags, settingTypes } from './words/namespaces.js';

export const setting = z
  .strictObject({
    type: oneOf(settingTypes).describe('How the value is written'),
    number: i32.optional().describe('Value of an integer; absent where the kernel had no such setting'),
    text: text.optional().describe('Value of a text'),
  })
  .describe('A setting (sysctl), known by its place in the list');
export type Setting = z.infer<typeof setting>;
const settings = (what: string) => z.array(setting).optional().describe(what);

const tunnelAddress = text.optional();
export const networkDevice = z
  .strictObject({
    type: oneOf(deviceTypes).describe('Driver'),
    index: u32.describe('Interface index'),
    mtu: u32.describe('MTU in bytes'),
    flags: setOf(interfaceFlags).describe('IFF_* of netdevice(7)'),
    name: text.describe('Interface name'),
    tun: z
      .strictObject({
        flags: u32.describe('IFF_TUN, IFF_TAP and their like'),
        owner: i32.describe('Owner; -1 for none'),
        group: i32.describe('Group; -1 for none'),
        headerSize: u32.describe('Size of the virtio header in bytes'),
        sendBuffer: u32.describe('TUNSETSNDBUF in bytes'),
      })
      .optional()
      .describe('Settings of a TUN or TAP device'),
    address: base64.optional().describe('Hardware address'),
    oldSettings: z.array(i32).optional().describe('IPv4 settings, as CRIU before 2.0 wrote them'),
    ipv4: settings('net.ipv4.conf settings, in the order of the checkpointer'),
    ipv6: settings('net.ipv6.conf settings, in the order of the checkpointer'),
    macvlan: z
      .strictObject({
        mode: u32.describe('MACVLAN_MODE_*'),
        flags: u32.optional().describe('MACVLAN_FLAG_*'),
      })
      .optional()
      .describe('Settings of a macvlan device'),
    peerIndex: u32.optional().describe('Interface index of the other end of a veth pair'),
    peerNamespace: u32.optional().describe('Namespace of the other end, by the netnsid of this one'),
    master: u32.optional().describe('Interface index of the bridge that it belongs to'),
    sit: z
      .strictObject({
        link: u32.optional().describe('Interface index of the carrying device'),
        local: tunnelAddress.describe('Local address'),
        remote: tunnelAddress.describe('Remote address'),
        timeToLive: u32.optional().describe('TTL of the tunnel'),
        typeOfService: u32.optional().describe('TOS of the tunnel'),
        pathMtuDiscovery: z.boolean().optional().describe('IFLA_IPTUN_PMTUDISC'),
        protocol: u32.optional().describe('IPPROTO_* carried'),
        flags: u32.optional().describe('IFLA_IPTUN_FLAGS'),
        encapsulation: u32.optional().describe('TUNNEL_ENCAP_*'),
        encapsulationFlags: u32.optional().describe('TUNNEL_ENCAP_FLAG_*'),
        encapsulationSource: u32.optional().describe('Source port'),
        encapsulationTarget: u32.optional().describe('Destination port'),
        prefixLength: u32.optional().describe('6rd prefix length'),
        prefix: tunnelAddress.describe('6rd prefix'),
        relayPrefixLength: u32.optional().describe('6rd relay prefix length'),
        relayPrefix: tunnelAddress.describe('6rd relay prefix'),
      })
      .optional()
      .describe('Settings of an IPv6-in-IPv4 tunnel'),
  })
  .describe('A network device');
export type NetworkDevice = z.infer<typeof networkDevice>;

const dump = (what: string) => payloadReference.optional().describe(what);
export const network = {
  externalKey: text.optional().describe('Name by which the namespace is given from outside'),
  oldDefaults: z.array(i32).optional().describe('IPv4 defaults, as CRIU before 2.0 wrote them'),
  oldAll: z.array(i32).optional().describe('IPv4 settings of all devices, as CRIU before 2.0 wrote them'),
  ipv4Defaults: settings('net.ipv4.conf.default'),
  ipv4All: settings('net.ipv4.conf.all'),
  ipv6Defaults: settings('net.ipv6.conf.default'),
  ipv6All: settings('net.ipv6.conf.all'),
  neighbours: z
    .array(
      z
        .strictObject({
          namespace: reference('namespace').describe('The other namespace'),
          number: i32.describe('Its netnsid here'),
        })
        .describe('Another namespace'),
    )
    .optional()
    .describe('What other network namespaces are called here (netnsid)'),
  unix: settings('net.unix'),
  ipv4: settings('net.ipv4'),
  devices: z.array(networkDevice).optional().describe('Network devices'),
  addresses: dump('Addresses, as ip address save writes them'),
  routes: dump('IPv4 routes, as ip route save writes them'),
  routes6: dump('IPv6 routes, as ip -6 route save writes them'),
  rules: dump('Policy rules, as ip rule save writes them'),
  iptables: dump('IPv4 filter rules, as iptables-save writes them'),
  ip6tables: dump('IPv6 filter rules, as ip6tables-save writes them'),
  nftables: dump('Filter rules, as nft list ruleset writes them'),
  connections: dump('Tracked connections (conntrack), as netlink messages'),
  expectedConnections: dump('Expected connections (conntrack), as netlink messages'),
};
