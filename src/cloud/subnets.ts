/** Which subnets a load balancer stands in: LBC's discovery rules (reference: LBC pkg/networking/subnet_resolver.go). */
import type { Problem } from '../service/problem.ts';
import type { Scheme } from './options.ts';
import type { Tags } from './model.ts';

export interface Subnet {
  id: string;
  vpcId: string;
  zone: string;
  availableIps: number;
  tags: Tags;
}

/** AWS asks for 8 free addresses in a subnet of a load balancer. */
export const MIN_FREE_ADDRESSES = 8;

export const ROLE_TAG: Record<Scheme, string> = {
  internal: 'kubernetes.io/role/internal-elb',
  'internet-facing': 'kubernetes.io/role/elb',
};

const SUBNETS_ANNOTATION = 'service.beta.kubernetes.io/aws-load-balancer-subnets';

export type SubnetChoice = { ids: string[]; problem?: undefined } | { ids?: undefined; problem: Problem };

/**
 * One subnet a zone among those with the scheme's role tag (value `1` or empty), not tagged for other clusters only, and
 * with room; in a zone, those tagged for this cluster come first, then the lowest id.
 */
export function discoverSubnets(subnets: Subnet[], scheme: Scheme, clusterName: string): SubnetChoice {
  const tag = ROLE_TAG[scheme];
  const withRole = subnets.filter((subnet) => ['', '1'].includes(subnet.tags[tag] ?? 'no'));
  const usable = withRole.filter(
    (subnet) => !isOtherClusters(subnet, clusterName) && subnet.availableIps >= MIN_FREE_ADDRESSES,
  );
  const own = (subnet: Subnet) => (subnet.tags[`kubernetes.io/cluster/${clusterName}`] !== undefined ? 0 : 1);
  usable.sort((a, b) => own(a) - own(b) || (a.id < b.id ? -1 : 1));
  const byZone = new Map<string, string>();
  for (const subnet of usable) if (!byZone.has(subnet.zone)) byZone.set(subnet.zone, subnet.id);
  if (byZone.size > 0) return { ids: [...byZone.values()].sort() };
  return {
    problem: {
      field: SUBNETS_ANNOTATION,
      value: '',
      message:
        withRole.length === 0
          ? `no subnet of the VPC is tagged ${tag}=1, so none can hold an ${scheme} load balancer`
          : `none of the ${withRole.length} subnets tagged ${tag} is usable: each is tagged for other clusters only or has fewer than ${MIN_FREE_ADDRESSES} free addresses`,
      remedy: `tag one subnet a zone with ${tag}=1, or name subnets in the annotation`,
    },
  };
}

/** The subnets that the annotation names, by id or by Name tag; each must exist and no two may share a zone. */
export function resolveSubnets(subnets: Subnet[], wanted: string[]): SubnetChoice {
  const refuse = (message: string, remedy: string): SubnetChoice => ({
    problem: { field: SUBNETS_ANNOTATION, value: wanted.join(','), message, remedy },
  });
  const byZone = new Map<string, string>();
  for (const entry of wanted) {
    const found = subnets.filter((subnet) => (entry.startsWith('subnet-') ? subnet.id : subnet.tags.Name) === entry);
    const [subnet, another] = found;
    if (!subnet) {
      return refuse(`subnet ${JSON.stringify(entry)} is not in the VPC`, 'name subnets of this VPC by id or Name tag');
    }
    if (another) {
      return refuse(`${found.length} subnets have the Name ${JSON.stringify(entry)}`, 'name the subnet by its id');
    }
    const taken = byZone.get(subnet.zone);
    if (taken) {
      return refuse(`subnets ${taken} and ${subnet.id} are both in zone ${subnet.zone}`, 'name one subnet a zone');
    }
    byZone.set(subnet.zone, subnet.id);
  }
  return { ids: [...byZone.values()] };
}

/** Tagged for other clusters, and not for this one. */
export function isOtherClusters(subnet: Subnet, clusterName: string): boolean {
  const clusters = Object.keys(subnet.tags).filter((key) => key.startsWith('kubernetes.io/cluster/'));
  return clusters.length > 0 && !clusters.includes(`kubernetes.io/cluster/${clusterName}`);
}
