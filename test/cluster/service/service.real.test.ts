import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { type FieldError, line } from '../../../src/cluster/api/field-error.ts';
import { invalidError, StatusError } from '../../../src/cluster/api/status.ts';
import { normaliseObject } from '../../../src/cluster/schema/decode.ts';
import { kindSchema } from '../../../src/cluster/schema/schema.ts';
import {
  createService,
  deleteService,
  updateService,
  updateServiceStatus,
} from '../../../src/cluster/service/change.ts';
import { readService } from '../../../src/cluster/service/defaults.ts';
import type { ServiceNumbers } from '../../../src/cluster/service/types.ts';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { type Body, commit, decoded, numbersOf } from './support.ts';

const schema = kindSchema('', 'v1', 'Service');
const PATH = '/api/v1/namespaces/default/services';
// So small that numbers run out, and that the only free one is the one both must find.
const CIDRS = ['10.96.0.0/29', 'fd00:96::/125'];
const NODE_PORTS = { first: 30_000, last: 30_003 };

type Step =
  | { create: Body; metadata?: Body; dryRun?: boolean }
  | { put: Body; metadata?: Body }
  | { patch: Body }
  | { status: Body }
  | { remove: string };

/** Our functions and the real server, given the same requests. */
class Both {
  readonly numbers: ServiceNumbers = numbersOf({ cidrs: CIDRS, families: ['IPv4', 'IPv6'], ports: NODE_PORTS });
  readonly stored = new Map<string, KubeObject>();
  readonly plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.plane = plane;
    // The Service `kubernetes`.
    this.numbers.addresses.add('10.96.0.1');
  }

  /** What both answer: undefined for a deletion. */
  async send(step: Step, name: string): Promise<{ ours: Body; theirs: Body } | undefined> {
    const url = `${PATH}/${name}`;
    if ('remove' in step) {
      await this.plane.request('DELETE', `${PATH}/${step.remove}`);
      const old = this.stored.get(step.remove);
      if (old) commit(this.numbers, deleteService(old, this.numbers));
      this.stored.delete(step.remove);
      return undefined;
    }
    const metadata = { name, ...('metadata' in step ? step.metadata : {}) };
    const object = { apiVersion: 'v1', kind: 'Service', metadata };
    const live = this.stored.get(name);
    if ('create' in step) {
      const query = step.dryRun ? '?dryRun=All' : '';
      const body = { ...object, spec: step.create };
      const theirs = await this.plane.request('POST', PATH + query, body);
      return this.answers(theirs.body, () => this.create(body, step.dryRun === true));
    }
    if ('put' in step) {
      const body = { ...object, spec: step.put };
      const theirs = await this.plane.request('PUT', url, body);
      return this.answers(theirs.body, () => this.update(body, live));
    }
    if ('patch' in step) {
      const theirs = await this.plane.request('PATCH', url, { spec: step.patch });
      const spec: Body = { ...live?.['spec'], ...step.patch };
      return this.answers(theirs.body, () => this.update({ ...live, spec }, live));
    }
    const body = { ...object, spec: live?.['spec'], status: { loadBalancer: { ingress: step.status } } };
    const theirs = await this.plane.request('PUT', `${url}/status`, body);
    return this.answers(theirs.body, () => this.update(body, live, true));
  }

  create(body: Body, dryRun: boolean): KubeObject {
    const object = withMeta(decoded(body));
    const change = createService(object, this.numbers, { dryRun });
    refuse(body, change.errors);
    commit(this.numbers, change);
    return this.keep(change.object, dryRun);
  }

  update(body: Body, live: KubeObject | undefined, status = false): KubeObject {
    if (!live) throw new Error('nothing to update');
    const object = withMeta(decoded(body));
    const change = status
      ? { claims: { ips: [], ports: [] }, releases: { ips: [], ports: [] }, ...updateServiceStatus(object, live) }
      : updateService(object, live, this.numbers, { dryRun: false });
    refuse(body, change.errors);
    commit(this.numbers, change);
    return this.keep(change.object, false);
  }

  keep(change: KubeObject, dryRun: boolean): KubeObject {
    const object = normaliseObject(change, schema);
    if (!dryRun) this.stored.set(object.metadata.name ?? '', object);
    return readService(object);
  }

  answers(theirs: Body, run: () => KubeObject): { ours: Body; theirs: Body } {
    let ours: Body;
    try {
      const { spec, status } = run() as Body;
      ours = { spec, status };
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      ours = error.status;
    }
    const { kind, spec, status } = theirs;
    return { ours, theirs: kind === 'Status' ? theirs : { spec, status } };
  }
}

const withMeta = (object: KubeObject): KubeObject => {
  const { name, annotations, labels, finalizers } = object.metadata;
  const given = { name: name ?? '', ...(annotations && { annotations }), ...(labels && { labels }) };
  const system = { namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  return { ...object, metadata: { ...given, ...(finalizers && { finalizers }), ...system } };
};

function refuse(body: Body, errors: FieldError[]): void {
  const once = [...new Map(errors.map((error) => [line(error), error])).values()];
  if (once.length > 0) throw invalidError({ group: '', name: 'Service' }, body.metadata.name, once);
}

const http = [{ name: 'http', port: 80 }];
const headless = { clusterIP: 'None', ports: http };
const loadBalancer = { type: 'LoadBalancer', ports: http, allocateLoadBalancerNodePorts: false };

const CASES: [string, Step[]][] = [
  [
    'numbers run out',
    [
      { create: { ports: http, clusterIP: '10.96.0.2' } },
      { remove: 'a' },
      { create: { ports: http, clusterIP: '10.96.0.1' } },
      { create: { ports: http, clusterIP: '10.96.0.7' } },
      { create: { ports: http, clusterIP: '10.96.0.0' } },
      { create: { type: 'NodePort', clusterIP: '10.96.0.2', ports: [{ port: 80, nodePort: 30_004 }] } },
      {
        create: {
          type: 'NodePort',
          clusterIP: '10.96.0.2',
          ports: [1, 2, 3, 4, 5].map((port) => ({ name: `p${port}`, port })),
        },
      },
      { create: { ...loadBalancer, clusterIP: '10.96.0.2', externalTrafficPolicy: 'Local', healthCheckNodePort: 1 } },
    ],
  ],
  [
    'a dry run',
    [
      {
        create: {
          type: 'NodePort',
          ports: [
            { name: 'a', port: 1 },
            { name: 'b', port: 2 },
          ],
        },
        dryRun: true,
      },
      { create: { ports: http, ipFamilyPolicy: 'PreferDualStack' }, dryRun: true },
      { create: { ports: http, clusterIP: '10.97.0.1' }, dryRun: true },
      { create: { ports: http, clusterIP: '10.96.0.1' }, dryRun: true },
      { create: { type: 'NodePort', ports: [{ port: 1, nodePort: 80 }] }, dryRun: true },
    ],
  ],
  [
    'types come and go',
    [
      {
        create: {
          ...loadBalancer,
          clusterIP: '10.96.0.2',
          loadBalancerClass: 'example.com/lb',
          internalTrafficPolicy: 'Local',
        },
      },
      { status: [{ ip: '1.2.3.4' }, { hostname: '1.2.3.4' }, { ipMode: 'x' }] },
      { status: [{ ip: '1.2.3.4' }, { hostname: 'a.example.com', ports: [{ port: 80, protocol: 'TCP' }] }] },
      { patch: { loadBalancerClass: 'other' } },
      { patch: { loadBalancerClass: 'other', type: 'ClusterIP' } },
      { patch: { type: 'ClusterIP' } },
      { patch: { type: 'ExternalName' } },
      { patch: { type: 'ExternalName', externalName: 'Example.com' } },
      { patch: { type: 'ExternalName', externalName: 'example.com.' } },
      { status: [{ ip: '1.2.3.4', ipMode: 'VIP' }] },
      { patch: { type: 'NodePort', clusterIP: '10.96.0.3', ports: [{ port: 80, nodePort: 30_000 }] } },
      { put: { type: 'NodePort', ports: [{ port: 80 }, { port: 80, protocol: 'UDP' }] } },
      {
        put: {
          type: 'NodePort',
          ports: [
            { name: 'a', port: 80, nodePort: 30_002 },
            { name: 'b', port: 80, protocol: 'UDP', nodePort: 30_001 },
            { name: 'c', port: 81, nodePort: 30_001 },
          ],
        },
      },
      { put: { type: 'ClusterIP', ports: http } },
    ],
  ],
  [
    'families',
    [
      { create: { ports: http, clusterIP: '10.96.0.2', ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4', 'IPv6'] } },
      { create: { ports: http, ipFamilies: ['IPv4', 'ipv6', 'IPv4'], ipFamilyPolicy: '<x>' } },
      { create: { ports: http, clusterIP: '10.96.0.2', clusterIPs: ['10.96.0.3', 'fd00:96::2'] } },
      { create: { ports: http, clusterIPs: ['10.96.0.2'] } },
      { create: { ports: http, clusterIP: '010.96.0.2' } },
      { create: { ports: http, clusterIP: '10.96.0.2', clusterIPs: ['10.96.0.2', '10.96.0.3'] } },
      {
        create: {
          ports: http,
          clusterIP: '10.96.0.2',
          clusterIPs: ['10.96.0.2', 'fd00:96::2'],
          ipFamilyPolicy: 'RequireDualStack',
        },
      },
      { patch: { clusterIPs: ['10.96.0.2'] } },
      { patch: { ipFamilies: ['IPv4'] } },
      { patch: { ipFamilies: ['IPv6', 'IPv4'] } },
      { patch: { ipFamilyPolicy: 'SingleStack' } },
      { patch: { clusterIP: '10.96.0.3' } },
      { patch: { clusterIPs: ['10.96.0.2', 'fd00:96::3'], ipFamilyPolicy: 'PreferDualStack' } },
      { patch: { clusterIP: 'None' } },
    ],
  ],
  [
    'headless',
    [
      { create: { ...headless, type: 'NodePort' } },
      { create: { ...headless, ports: [], loadBalancerIP: 'x', externalIPs: ['1.2.3.4'] } },
      { patch: { ipFamilyPolicy: 'SingleStack' } },
      { patch: { ipFamilies: ['IPv6'] } },
      { patch: { clusterIP: '10.96.0.2', clusterIPs: null } },
      { patch: { type: 'ExternalName', externalName: 'a' } },
    ],
  ],
  [
    'what can be wrong with a port',
    [
      {
        create: {
          ...headless,
          ports: [
            { port: 0 },
            { name: 'A', port: 65_536, targetPort: 'a--b' },
            { name: 'b', port: 1, protocol: 'tcp', appProtocol: 'a b' },
          ],
        },
      },
      {
        create: {
          ...headless,
          ports: [
            { name: 'a', port: 1 },
            { name: 'a', port: 1 },
            { name: 'c', port: 1, protocol: 'UDP', nodePort: 30_000 },
          ],
        },
      },
      { create: { ...headless, ports: [{ name: 'a'.repeat(64), port: -1, targetPort: -1 }] } },
    ],
  ],
  [
    'what can be wrong with the rest',
    [
      {
        create: {
          ...headless,
          selector: { 'a b': '-' },
          sessionAffinity: 'x',
          internalTrafficPolicy: '',
          trafficDistribution: 'é',
        },
      },
      {
        create: {
          ...headless,
          sessionAffinity: 'ClientIP',
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } },
        },
      },
      {
        create: {
          ...headless,
          externalIPs: ['x', '0.0.0.0', '::1', 'fe80::1', 'ff12::1', '::ffff:1.2.3.4'],
          externalTrafficPolicy: 'x',
        },
      },
      {
        create: {
          ...headless,
          loadBalancerSourceRanges: [' 10.0.0.0/8 ', '10.0.0.1/8', ''],
          loadBalancerClass: 'a',
          allocateLoadBalancerNodePorts: true,
          healthCheckNodePort: 1,
        },
      },
      { create: { ...headless, externalTrafficPolicy: 'Local' } },
      { create: { type: 'X', clusterIP: '10.96.0.2' } },
      { create: { type: 'ExternalName', clusterIP: 'None', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' } },
      { create: headless, metadata: { name: 'a.b', finalizers: ['x'] } },
      {
        create: headless,
        metadata: {
          annotations: {
            'service.kubernetes.io/topology-mode': 'a',
            'service.kubernetes.io/topology-aware-hints': 'b',
            'service.beta.kubernetes.io/load-balancer-source-ranges': 'x, 10.0.0.0/8',
          },
        },
      },
    ],
  ],
];

describeWith(['control-plane'], 'Services as kube-apiserver has them', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    const range = `${NODE_PORTS.first}-${NODE_PORTS.last}`;
    const args = [`--service-cluster-ip-range=${CIDRS.join(',')}`, `--service-node-port-range=${range}`];
    plane = await startControlPlane({ apiServerArgs: args });
  }, 60_000);
  afterAll(() => plane?.stop());

  test.each(CASES)('%s', async (_, steps) => {
    const both = new Both(plane);
    for (const step of steps) {
      const answers = await both.send(step, 'a');
      expect(answers?.ours, JSON.stringify(step)).toEqual(answers?.theirs);
    }
    await both.send({ remove: 'a' }, 'a');
  });
});
