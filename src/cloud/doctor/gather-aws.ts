/** Asks AWS everything that the checks need: where the cluster is, then the rest at once. */
import { DescribeSecurityGroupsCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import type { Node } from '../../kube/objects.ts';
import { type Aws, createAws } from '../aws/client.ts';
import { discoverRegion, discoverVpc } from '../aws/discover.ts';
import { errorCode } from '../aws/errors.ts';
import { Network } from '../aws/network.ts';
import { TAG_CLUSTER } from '../naming.ts';
import { instanceIdOf, selectTargets } from '../nodes.ts';
import { ask, type RemoteClock } from './ask.ts';
import type { DoctorConfig } from './config.ts';
import type { AwsFacts } from './facts.ts';
import { type Failure, type Look, skipped } from './look.ts';
import { tryPermissions } from './trials.ts';

/** Dry runs on more groups than these say no more. */
const GROUPS_TRIED = 5;

export async function gatherAws(
  config: DoctorConfig,
  nodes: Look<Node[]>,
  { clock, signal }: { clock: RemoteClock; signal: AbortSignal },
): Promise<AwsFacts> {
  const listed = nodes.value ?? [];
  /** What nobody could tell without nodes is no mistake of the configuration. */
  const orNodes = <T>(look: Look<T>): Look<T> =>
    look.failure?.kind === 'config' && nodes.failure ? skipped(`nodes: ${nodes.failure.message}`) : look;
  const region = orNodes(await ask(signal, async () => config.region ?? (await discoverRegion(listed))));
  if (region.failure) return nothingOfAws(region, region.failure);
  const aws = createAws({
    region: region.value,
    requestTimeoutMs: config.awsRequestTimeoutMs,
    rateLimits: 'auto',
    signal,
  });
  try {
    hearDates(aws, clock);
    const credentials = await ask(signal, async () => {
      await aws.ec2.config.credentials();
      return true as const;
    });
    if (credentials.failure) return { ...nothingOfAws(region, without(credentials.failure)), credentials };
    const first = await ask(signal, () => knowsDryRuns(aws, signal));
    const access: AwsFacts['access'] = first.failure ? { failure: first.failure } : { value: true };
    if (first.failure && first.failure.kind !== 'forbidden') {
      return { ...nothingOfAws(region, without(first.failure)), credentials, access };
    }
    const vpcId = orNodes(await ask(signal, async () => config.vpcId ?? (await discoverVpc(aws, listed))));
    // What refuses by IAM knows dry runs.
    const dryRuns = first.value ?? true;
    const place = { aws, region: region.value, vpcId, dryRuns, config, nodes, signal };
    return { region, credentials, access, vpcId, ...(await gatherVpc(place)) };
  } finally {
    aws.destroy();
  }
}

interface Place {
  aws: Aws;
  region: string;
  vpcId: Look<string>;
  dryRuns: boolean;
  config: DoctorConfig;
  nodes: Look<Node[]>;
  signal: AbortSignal;
}

type VpcFacts = Pick<AwsFacts, 'vpcExists' | 'subnets' | 'instances' | 'nodeGroups' | 'trials'>;

async function gatherVpc({ aws, region, vpcId, dryRuns, config, nodes, signal }: Place): Promise<VpcFacts> {
  const { clusterName } = config;
  const id = vpcId.value ?? '';
  const network = new Network(aws, id, clusterName);
  const inVpc = <T>(question: () => Promise<T>): Promise<Look<T>> =>
    vpcId.failure ? Promise.resolve(skipped(`the VPC is not known: ${vpcId.failure.message}`)) : ask(signal, question);

  const vpcExists = inVpc(async () => {
    const input = { Filters: [{ Name: 'vpc-id', Values: [id] }] };
    return ((await aws.ec2.send(new DescribeVpcsCommand(input), { abortSignal: signal })).Vpcs ?? []).length > 0;
  });
  const subnets = inVpc(() => network.subnets());
  const ownGroup = inVpc(async () => {
    const input = {
      Filters: [
        { Name: 'vpc-id', Values: [id] },
        { Name: `tag:${TAG_CLUSTER}`, Values: [clusterName] },
      ],
    };
    const answer = await aws.ec2.send(new DescribeSecurityGroupsCommand(input), { abortSignal: signal });
    return answer.SecurityGroups?.[0]?.GroupId;
  });
  const ids = (nodes.value ?? []).flatMap((node) => instanceIdOf(node) ?? []);
  const instances = nodes.failure
    ? skipped(`nodes: ${nodes.failure.message}`)
    : await ask(signal, async () => {
        await network.refreshInstances(ids);
        return network.instances;
      });
  const targets = selectTargets(nodes.value ?? [], instances.value ?? new Map(), id).instanceIds;
  const nodeGroups = instances.failure
    ? skipped(instances.failure.message)
    : await inVpc(() => network.readNodeGroups(targets, undefined));
  const opened = [...network.nodeGroups(targets, nodeGroups.value ?? []).groupIds].sort().slice(0, GROUPS_TRIED);
  const own = (await ownGroup).value;
  const trials = await ask(signal, () =>
    tryPermissions({
      aws,
      clusterName,
      region,
      vpcId: vpcId.value,
      ownGroup: own,
      nodeGroups: opened,
      dryRuns,
      signal,
    }),
  );
  return { vpcExists: await vpcExists, subnets: await subnets, instances, nodeGroups, trials: trials.value ?? [] };
}

/**
 * AWS answers a dry run with an error that says that it would have been done. An endpoint that answers as usual does not
 * know them, and must not be sent dry runs of changes.
 */
async function knowsDryRuns(aws: Aws, signal: AbortSignal): Promise<boolean> {
  try {
    await aws.ec2.send(new DescribeVpcsCommand({ DryRun: true }), { abortSignal: signal });
    return false;
  } catch (error) {
    if (errorCode(error) === 'DryRunOperation') return true;
    throw error;
  }
}

function without({ message }: Failure): Failure {
  return { kind: 'skipped', message: `AWS can't be used: ${message}` };
}

/** Where there is no way to ask. */
function nothingOfAws(region: AwsFacts['region'], failure: Failure): AwsFacts {
  const look = { failure: { ...failure, kind: 'skipped' as const } };
  return {
    region,
    credentials: look,
    access: look,
    vpcId: look,
    vpcExists: look,
    subnets: look,
    instances: look,
    nodeGroups: look,
    trials: [],
  };
}

interface Answering {
  middlewareStack: {
    add(
      middleware: (next: (args: unknown) => Promise<unknown>) => (args: unknown) => Promise<unknown>,
      options: { step: string; priority?: 'high' | 'normal' | 'low'; name: string },
    ): void;
  };
}

/** Next to the connection, so that it sees each answer as it came, refusals too. */
function hearDates(aws: Aws, clock: RemoteClock): void {
  for (const client of [aws.ec2, aws.elb] as unknown as Answering[]) {
    client.middlewareStack.add(
      (next) => async (args) => {
        const start = performance.now();
        const answer = (await next(args)) as { response?: { headers?: Record<string, string> } };
        clock.hear(answer.response?.headers?.['date'], performance.now() - start);
        return answer;
      },
      { step: 'deserialize', priority: 'low', name: 'sluiceDoctorClock' },
    );
  }
}
