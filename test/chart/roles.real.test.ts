/**
 * The chart's roles are enough, and no permission in them is too much: with all of them a Service's whole life goes well,
 * and without any single one it does not.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWith } from '../support/requirements.ts';
import { waitFor } from '../support/wait.ts';
import { type ControlPlane, startControlPlane } from '../tools/control-plane.ts';
import { collectionOf, type RenderedObject, renderChart, type Values } from '../tools/helm.ts';
import { type Moto, startMoto } from '../tools/moto.ts';
import { layOutNetwork, type Network, registerNodes } from '../tools/network.ts';
import { type Pod, type PodTemplate, startPod } from '../tools/pod.ts';
import { freePort } from '../tools/processes.ts';

const LBC = 'service.k8s.aws/nlb';
const SUBNETS = 'service.beta.kubernetes.io/aws-load-balancer-subnets';
const SCHEME = 'service.beta.kubernetes.io/aws-load-balancer-scheme';
const FINALIZER = 'sluice.dev/load-balancer';
const SCENARIO_MS = 40_000;
/** At a time: each is a controller of its own. */
const LANES = 3;

/** One verb of one rule. */
interface Permission {
  role: string;
  rule: number;
  verb: string;
  resource: string;
}

/** What came of the scenario. */
interface Verdict {
  /** What went wrong, if anything. */
  problem?: string;
  output: string;
}

describeWith(['control-plane', 'moto', 'helm'], "the chart's roles", () => {
  let kube: ControlPlane;
  let moto: Moto;
  let network: Network;
  let aws: Record<string, string>;
  let count = 0;
  let anotherNode: Promise<unknown> | undefined;

  beforeAll(async () => {
    [kube, moto] = await Promise.all([startControlPlane(), startMoto()]);
    // Subnets are named by id: those of this cluster's tag are for no other cluster.
    network = await layOutNetwork(moto.url, { nodes: 2 });
    await registerNodes(kube, network.instances.slice(0, 1));
    aws = {
      AWS_ENDPOINT_URL: moto.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  });
  afterAll(() => Promise.all([kube?.stop(), moto?.stop()]));

  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await kube.request(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.message}`);
    return answer.body;
  };

  /** Installs a release's roles without one permission, and gives its pod template. */
  async function install(kind: 'Deployment' | 'Job', values: Values, namespace: string, without?: Permission) {
    await send('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    const objects = await renderChart(values, { namespace, releaseName: namespace });
    for (const object of objects.filter(isRbac(kind))) await send('POST', collectionOf(object), cut(object, without));
    return objects.find((object) => object.kind === kind)!['spec'].template as PodTemplate;
  }

  /** A Service's life under a controller of its own; ends at the first thing that the API server forbids. */
  async function controllerScenario(without?: Permission): Promise<Verdict> {
    const name = `roles-${++count}`;
    const values = {
      clusterName: name,
      fullnameOverride: name,
      controller: {
        loadBalancerClass: [`sluice.dev/${name}`, LBC],
        metricsPort: 0,
        healthPort: await freePort(),
        leaderElectRetryPeriod: '100ms',
      },
    };
    const template = await install('Deployment', values, name, without);
    const pod = await startPod({ kube, namespace: name, template, name: `${name}-0`, env: aws });
    const over = new AbortController();
    const lived = life(name, over.signal).then(
      () => undefined,
      (error: Error) => error.message,
    );
    const problem = await Promise.race([lived, forbidden(pod)]);
    over.abort();
    await Promise.all([pod.program.end('SIGTERM'), lived]);
    const output = pod.program.tail(400);
    return { output, ...(problem !== undefined && { problem }) };
  }

  /** From the first look to the last: hostname, a node more, a trouble twice, deletion. */
  async function life(name: string, over: AbortSignal) {
    const services = `/api/v1/namespaces/${name}/services`;
    const until = async (what: string, look: () => Promise<unknown>) => {
      await waitFor(async () => over.aborted || (await look()), { what, timeoutMs: SCENARIO_MS, intervalMs: 50 });
      over.throwIfAborted();
    };
    await send('POST', services, {
      metadata: { name, annotations: { [SUBNETS]: network.subnetIds.internal.join(',') } },
      spec: { type: 'LoadBalancer', loadBalancerClass: `sluice.dev/${name}`, ports: [{ port: 80 }] },
    });
    const service = () => send('GET', `${services}/${name}`);
    await until('a hostname', async () => (await service()).status.loadBalancer.ingress?.[0].hostname);
    anotherNode ??= registerNodes(kube, network.instances.slice(1));
    await anotherNode;
    await until('both nodes to be targets', async () =>
      /^\d\/2 targets/.test(conditionOf(await service(), 'TargetsHealthy')?.message ?? ''),
    );
    for (const scheme of ['none', 'nowhere', 'none']) {
      await send('PATCH', `${services}/${name}`, { metadata: { annotations: { [SCHEME]: scheme } } });
      await until(`the scheme ${scheme} to be refused`, async () =>
        conditionOf(await service(), 'Accepted')?.message.includes(`"${scheme}"`),
      );
    }
    await until('a repeated event', async () => (await events(name)).some((event) => event.count === 2));
    await send('DELETE', `${services}/${name}`);
    await until(
      'the Service to be gone',
      async () => (await kube.request('GET', `${services}/${name}`)).status === 404,
    );
  }

  const events = async (namespace: string): Promise<{ count: number; reason: string }[]> =>
    (await send('GET', `/api/v1/namespaces/${namespace}/events`)).items;

  /** `sluice release --all --delete` of a Service that is held and has a hostname. */
  async function releaseScenario(without?: Permission): Promise<Verdict> {
    const name = `release-${++count}`;
    const values = {
      clusterName: name,
      fullnameOverride: name,
      release: { deleteLoadBalancers: true, timeout: '20s' },
    };
    const template = await install('Job', values, name, without);
    const services = `/api/v1/namespaces/${name}/services`;
    await send('POST', services, {
      metadata: { name, finalizers: [FINALIZER] },
      spec: { type: 'LoadBalancer', loadBalancerClass: 'sluice.dev/nlb', ports: [{ port: 80 }] },
    });
    await send('PATCH', `${services}/${name}/status`, { status: { loadBalancer: { ingress: [{ hostname: 'a.b' }] } } });
    const { program } = await startPod({ kube, namespace: name, template, name: `${name}-0`, env: aws });
    const code = await program.exit;
    const { metadata, status } = await send('GET', `${services}/${name}`);
    const told = (await events(name)).some(({ reason }) => reason === 'Released');
    // The next release must not find it.
    await send('PATCH', `${services}/${name}`, { metadata: { finalizers: null } });
    const done = code === 0 && !metadata.finalizers && !status.loadBalancer.ingress && told;
    return { output: program.tail(400), ...(!done && { problem: `exit code ${code}` }) };
  }

  describe('of the controller', () => {
    const verdicts = new Map<string, Verdict>();
    let all: Permission[] = [];

    beforeAll(async () => {
      all = permissions(
        await renderChart({ clusterName: 'x', controller: { loadBalancerClass: [LBC] } }),
        'Deployment',
      );
      const left: (Permission | undefined)[] = [undefined, ...all];
      const lane = async () => {
        while (left.length > 0) {
          const without = left.shift();
          verdicts.set(labelOf(without), await controllerScenario(without));
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
    });

    test('are enough', () => {
      const { problem, output } = verdicts.get('')!;
      expect([problem, output]).toEqual([undefined, expect.not.stringContaining('is forbidden')]);
    });

    test('hold nothing that it can do without', () => {
      expect(all.length).toBeGreaterThanOrEqual(12);
      const lines = all.map((one) => `${labelOf(one)}: ${forbiddenIn(verdicts.get(labelOf(one))?.output ?? '')}`);
      expect(lines).toEqual(all.map((one) => `${labelOf(one)}: ${refusalOf(one)}`));
    });
  });

  test('of the release Job are enough, and all are needed', async () => {
    const all = permissions(await renderChart({ clusterName: 'x', release: { deleteLoadBalancers: true } }), 'Job');
    expect(await releaseScenario()).toEqual({ output: expect.not.stringContaining('forbidden') });
    for (const one of all) {
      expect([labelOf(one), (await releaseScenario(one)).problem]).toEqual([labelOf(one), expect.any(String)]);
    }
  });
});

/** The account and what it is allowed: by the standing roles, or for the time of the hook. */
const isRbac = (kind: 'Deployment' | 'Job') => (object: RenderedObject) =>
  object.kind === 'ServiceAccount' ||
  (object.apiVersion.startsWith('rbac') && (object.metadata.annotations !== undefined) === (kind === 'Job'));

/** Every verb of every rule in the rendered roles. */
function permissions(objects: RenderedObject[], kind: 'Deployment' | 'Job'): Permission[] {
  const roles = objects.filter(isRbac(kind)).filter((object) => object['rules'] !== undefined);
  return roles.flatMap(({ metadata, rules }) =>
    (rules as { resources: string[]; verbs: string[] }[]).flatMap(({ resources: [resource = ''], verbs }, rule) =>
      // Roles are told apart by what comes after the release's name.
      verbs.map((verb) => ({ role: metadata.name.replace(/^sluice/, ''), rule, verb, resource })),
    ),
  );
}

/** An object without one verb of one rule, if it is the role meant. */
function cut(object: RenderedObject, without: Permission | undefined): RenderedObject {
  if (!without || object['rules'] === undefined || !object.metadata.name.endsWith(without.role)) return object;
  const rules = (object['rules'] as { verbs: string[] }[]).flatMap((rule, index) => {
    const verbs = index === without.rule ? rule.verbs.filter((verb) => verb !== without.verb) : rule.verbs;
    return verbs.length > 0 ? [{ ...rule, verbs }] : [];
  });
  return { ...object, rules };
}

const labelOf = (one: Permission | undefined) => (one ? `${one.role} ${one.verb} ${one.resource}` : '');

/** As the API server words it. */
const refusalOf = ({ verb, resource }: Permission) => `cannot ${verb} resource ${resource}`;

function forbiddenIn(output: string): string | undefined {
  const [, verb, resource] = /cannot (\w+) resource \\?"([\w/]+)\\?"/.exec(output) ?? [];
  return verb && `cannot ${verb} resource ${resource}`;
}

/** Resolves when the log tells of something forbidden, or ends. */
function forbidden({ program }: Pod): Promise<string> {
  return waitFor(() => (program.ended ? 'the controller ended' : forbiddenIn(program.tail(400))), {
    what: 'a refusal',
    timeoutMs: 2 * SCENARIO_MS,
  });
}

function conditionOf(service: { status: { conditions?: { type: string; message: string }[] } }, type: string) {
  return service.status.conditions?.find((one) => one.type === `sluice.dev/${type}`);
}
