/**
 * The shell scripts that make and unmake namespaces, run by the spawner in the router's and in the folder of the files that
 * stand for them, whose name so doesn't matter. Pure. Each place has one parent: a pod its
 * node, a node the router. Between the two is a pair of interfaces, `eth0` inside; packets are routed, and no bridge, no ARP
 * and no neighbour discovery is needed, for both sides know each other's fixed address for good.
 */
import { quoted } from './command.ts';
import { API_SERVER_ADDRESS, ROUTER_IPV6 } from './addresses.ts';
import { type NodeSite, type Site, siteName } from './places.ts';

type Family = 'ipv4' | 'ipv6';

/** Next hops of every place. They are nobody's addresses: that they answer is in the neighbour entries. */
const GATEWAYS = ['169.254.1.1', 'fe80::1'];
const GATEWAY_MAC = '02:00:00:00:00:01';
/** The most that such an interface takes: what one program writes at once stays one packet. */
const MTU = 65_535;

/** Settings of every namespace. Written before there is an interface, for one takes over the defaults of its time. */
const EVERYWHERE = {
  ipv4: { ip_unprivileged_port_start: 0, 'conf/all/rp_filter': 0, 'conf/default/rp_filter': 0 },
  // Without link-local addresses nothing is announced or asked for by itself.
  ipv6: { 'conf/all/disable_ipv6': 0, 'conf/default/disable_ipv6': 0, 'conf/default/addr_gen_mode': 1 },
};
const FORWARDING = { ipv4: { ip_forward: 1 }, ipv6: { 'conf/all/forwarding': 1 } };

/** The file that stands for a namespace of a place, with a slash: `ip` takes it for a file then. */
export function namespaceFile(site: Site | 'router', type: 'net' | 'uts', dir = '.'): string {
  return `${dir}/${site === 'router' ? 'router' : siteName(site)}.${type}`;
}

/** What the place's programs are started through. */
export function enterCommand(dir: string, site: Site): string[] {
  return ['nsenter', `--net=${namespaceFile(site, 'net', dir)}`, `--uts=${namespaceFile(site, 'uts', dir)}`, '--'];
}

/** Gives the router that it is run in its part of one family. */
export function routerScript(family: Family): string {
  const address = family === 'ipv4' ? `${API_SERVER_ADDRESS.kernel}/32` : `${ROUTER_IPV6}/128`;
  return ['set -e', ...sysctls(family, true), ...batch(['link set lo up', `addr add ${address} dev lo`])].join('\n');
}

/** Whether a node's namespace takes IPv6, with the reason on standard error when not. */
export function ipv6Script(site: NodeSite): string {
  return [
    'set -e',
    `[ -e /proc/sys/net/ipv6 ] || { echo 'this kernel has none' >&2; exit 1; }`,
    `nsenter --net=${namespaceFile(site, 'net')} sh -e <<'INSIDE'`,
    ...sysctls('ipv6', true),
    `ip addr add ${ROUTER_IPV6}/128 dev eth0 nodad`,
    'INSIDE',
  ].join('\n');
}

/** Whether a node's namespace takes nft's rules. */
export function nftScript(site: NodeSite): string {
  return `nsenter --net=${namespaceFile(site, 'net')} nft add table ip probe`;
}

/** Makes a place: its namespaces, its interface, and its parent's way to it. */
export function addScript(site: Site): string {
  const parent = site.kind === 'pod' ? site.node : 'router';
  const mac = macOf(site);
  const link = linkOf(site);
  const net = namespaceFile(site, 'net');
  const uts = namespaceFile(site, 'uts');
  const parentNet = namespaceFile(parent, 'net');
  const inside = [
    // Of the process that mounts, which is in them.
    `mount --bind /proc/self/ns/net ${net}`,
    `mount --bind /proc/self/ns/uts ${uts}`,
    `hostname ${quoted(hostName(site.name))} || :`,
    ...site.addresses.flatMap((address) => sysctls(isV6(address) ? 'ipv6' : 'ipv4', site.kind === 'node')),
    ...batch([
      'link set lo up',
      `link add eth0 address ${mac} mtu ${MTU} type veth peer name ${link} address ${GATEWAY_MAC} mtu ${MTU} netns ${parentNet}`,
      'link set eth0 up',
      ...site.addresses.map((address) => `addr add ${prefixed(address)} dev eth0${isV6(address) ? ' nodad' : ''}`),
      // A pod that is not there: without this the router would send the packet back, until it has made its hops.
      ...(site.kind === 'node' ? site.podCidrs.map((cidr) => `route add unreachable ${cidr}`) : []),
      ...site.addresses.flatMap((address) => {
        const gateway = GATEWAYS[isV6(address) ? 1 : 0];
        return [
          `neigh add ${gateway} lladdr ${GATEWAY_MAC} dev eth0 nud permanent`,
          `route add default via ${gateway} dev eth0 onlink src ${address}`,
        ];
      }),
    ]),
  ];
  const outside = [
    `link set ${link} up`,
    ...site.addresses.flatMap((address, family) => [
      `neigh add ${address} lladdr ${mac} dev ${link} nud permanent`,
      `route add ${prefixed(address)} dev ${link} src ${parentAddress(site, family)}`,
      ...(site.kind === 'node'
        ? [`route add ${site.podCidrs[family]} via ${address} dev ${link} onlink src ${parentAddress(site, family)}`]
        : []),
    ]),
  ];
  return [
    'set -e',
    `: > ${net}`,
    `: > ${uts}`,
    `unshare --net --uts sh -e <<'INSIDE'`,
    ...inside,
    'INSIDE',
    ...batch(outside, `nsenter --net=${parentNet} `),
  ].join('\n');
}

/** Takes a node off the router: its addresses and its pods' are unreachable at once. */
export function unplugScript(node: NodeSite): string {
  return `ip link del ${linkOf(node)}`;
}

/** Unmakes a place whose programs have ended; with a node, all its pods. */
export function removeScript(site: Site): string {
  const cut =
    site.kind === 'pod' ? [`nsenter --net=${namespaceFile(site.node, 'net')} ip link del ${linkOf(site)} || :`] : [];
  return [...cut, `umount -l ${siteName(site)}.*`, `rm -f ${siteName(site)}.*`].join('\n');
}

/** The interface to a place in its parent's namespace. */
function linkOf(site: Site): string {
  return site.kind === 'node' ? `n${site.index}` : `p${site.number}`;
}

/** One that spells the IPv4 address. */
function macOf({ addresses }: Site): string {
  const hex = (addresses[0] ?? '').split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  return `02:00:${hex.join(':')}`;
}

/** Where packets come from that the parent itself sends to the place. */
function parentAddress(site: Site, family: number): string | undefined {
  return site.kind === 'pod' ? site.node.addresses[family] : [API_SERVER_ADDRESS.kernel, ROUTER_IPV6][family];
}

/** As the kubelet makes a host name of a pod's name: at most 63 characters, and none of these at the end. */
function hostName(name: string): string {
  return name.slice(0, 63).replace(/[-.]+$/, '');
}

function sysctls(family: Family, forwarding: boolean): string[] {
  const settings = Object.entries({ ...EVERYWHERE[family], ...(forwarding ? FORWARDING[family] : {}) });
  return settings.map(([name, value]) => `echo ${value} > /proc/sys/net/${family}/${name}`);
}

function batch(lines: readonly string[], prefix = ''): string[] {
  return [`${prefix}ip -batch - <<'BATCH'`, ...lines, 'BATCH'];
}

function isV6(address: string): boolean {
  return address.includes(':');
}

function prefixed(address: string): string {
  return `${address}/${isV6(address) ? 128 : 32}`;
}
