/** Where load balancers can stand: role tags, zones, free addresses, for each scheme. Pure. */
import type { Scheme } from '../options.ts';
import { discoverSubnets, isOtherClusters, MIN_FREE_ADDRESSES, ROLE_TAG, type Subnet } from '../subnets.ts';
import type { DoctorConfig } from './config.ts';
import type { AwsFacts } from './facts.ts';
import { type CheckResult, count, error, type Finding, judged, some, unknown, warning } from './report.ts';

const SCHEMES: readonly Scheme[] = ['internal', 'internet-facing'];

export function checkSubnets({ vpcId, subnets }: AwsFacts, config: DoctorConfig): CheckResult {
  const check = 'subnets';
  if (subnets.failure) return unknown(check, subnets.failure.message);
  const all = subnets.value;
  if (all.length === 0) {
    const remedy = 'name the VPC of the nodes with --vpc-id, or make subnets';
    return judged(check, 'none', [error(vpcId.value ?? 'VPC', 'has no subnet', remedy)]);
  }
  const choices = SCHEMES.map((scheme) => ({ scheme, ...discoverSubnets(all, scheme, config.clusterName) }));
  const summary = choices
    .map(({ scheme, ids }) => `${scheme}: ${ids ? `${ids.join(', ')} (${count(ids.length, 'zone')})` : 'none'}`)
    .join('; ');
  return judged(
    check,
    summary,
    choices.flatMap(({ scheme, ids }) => ofScheme(all, scheme, ids ?? [], config)),
  );
}

function ofScheme(all: Subnet[], scheme: Scheme, chosen: string[], config: DoctorConfig): Finding[] {
  const tag = ROLE_TAG[scheme];
  const purpose = `${scheme} load balancers`;
  const withRole = all.filter((subnet) => ['', '1'].includes(subnet.tags[tag] ?? 'no'));
  const findings: Finding[] = [];
  if (withRole.length === 0) {
    const severe = scheme === config.defaultScheme ? error : warning;
    const isDefault = scheme === config.defaultScheme ? ', the default scheme' : '';
    const remedy = `tag one subnet a zone: aws ec2 create-tags --resources SUBNET --tags Key=${tag},Value=1`;
    return [severe(purpose, `no subnet of the VPC is tagged ${tag}=1${isDefault}`, remedy)];
  }
  const foreign = withRole.filter((subnet) => isOtherClusters(subnet, config.clusterName));
  const full = withRole.filter((subnet) => !foreign.includes(subnet) && subnet.availableIps < MIN_FREE_ADDRESSES);
  const usable = withRole.filter((subnet) => !foreign.includes(subnet) && !full.includes(subnet));
  const severe = usable.length === 0 && scheme === config.defaultScheme ? error : warning;
  for (const { id, zone, availableIps } of full) {
    const problem = `has ${availableIps} free addresses, and AWS needs ${MIN_FREE_ADDRESSES} for a load balancer: ${purpose} leave it out`;
    findings.push(severe(`subnet ${id} in ${zone}`, problem, `free some, or tag a larger subnet of ${zone} ${tag}=1`));
  }
  if (foreign.length > 0) {
    const own = `kubernetes.io/cluster/${config.clusterName}`;
    const problem = `tagged for other clusters only, so ${purpose} leave ${foreign.length === 1 ? 'it' : 'them'} out`;
    const subnets = `${foreign.length === 1 ? 'subnet' : 'subnets'} ${some(foreign.map(({ id }) => id))}`;
    findings.push(
      severe(subnets, problem, `tag ${foreign.length === 1 ? 'it' : 'them'} ${own}=shared too, if it is to be used`),
    );
  }
  for (const [zone, several] of Map.groupBy(usable, (subnet) => subnet.zone)) {
    const taken = several.find(({ id }) => chosen.includes(id));
    if (several.length === 1 || !taken || isOwnChoice(several, config.clusterName)) continue;
    const problem = `${count(several.length, 'subnet')} are tagged ${tag}=1 (${some(several.map(({ id }) => id))}); ${purpose} take ${taken.id}, the first by id`;
    const remedy = `take the tag off the others, or tag the one that is meant kubernetes.io/cluster/${config.clusterName}`;
    findings.push(warning(`zone ${zone}`, problem, remedy));
  }
  if (chosen.length === 1) {
    const zones = new Set(all.map(({ zone }) => zone));
    if (zones.size > 1) {
      const remedy = `tag a subnet of another zone ${tag}=1 too`;
      findings.push(warning(purpose, `all stand in one zone (${usable[0]?.zone}) and fail with it`, remedy));
    }
  }
  return findings;
}

/** Whether the cluster's tag singles one out. */
function isOwnChoice(subnets: Subnet[], clusterName: string): boolean {
  return subnets.filter(({ tags }) => tags[`kubernetes.io/cluster/${clusterName}`] !== undefined).length === 1;
}
