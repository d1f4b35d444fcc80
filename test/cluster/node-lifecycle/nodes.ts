/** Nodes and their pods, and the kubelets that a test plays. */
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import type { Lab } from '../workloads/lab.ts';

/** Nodes with it are judged by their heartbeats. */
export const EMBEDDED = { 'sluice.dev/embedded': 'true' };

export interface Nodes {
  /** Registers a node; `ready` is what it says of itself, '' for nothing. */
  register(name: string, labels?: object, ready?: string): void;
  get(name: string): KubeObject;
  /** Such as `not-ready:NoSchedule`. */
  taints(name: string): string[];
  /** Such as `Ready=True`. */
  conditions(name: string): string[];
  /** What a kubelet writes of its node. */
  say(name: string, status: string): void;
  renew(name: string): void;
  /** Lets time pass while some nodes renew their Leases. */
  pass(seconds: number, ...alive: string[]): void;
  /** A pod that is bound to a node, and runs. */
  run(name: string, node: string, spec?: object): void;
  pod(name: string): KubeObject | undefined;
  /** The status of a pod's condition Ready. */
  ready(name: string): string | undefined;
  isGoing(name: string): boolean;
}

const LEASES = 'leases.coordination.k8s.io';
const LEASE_NAMESPACE = 'kube-node-lease';

export function nodesIn(it: Lab): Nodes {
  it.make('v1', 'Namespace', { name: LEASE_NAMESPACE });
  const here: Nodes = {
    register(name, labels = EMBEDDED, ready = 'True') {
      const conditions = ready ? [{ type: 'Ready', status: ready, reason: 'KubeletReady' }] : [];
      const allocatable = { cpu: '4', memory: '8Gi', pods: '110' };
      it.make('v1', 'Node', { name, labels }, { status: { allocatable, conditions } });
    },
    get: (name) => it.get('nodes', '', name) as KubeObject,
    taints: (name) =>
      (here.get(name)['spec']?.taints ?? []).map(
        (one: { key: string; effect: string }) => `${one.key.split('/')[1] ?? one.key}:${one.effect}`,
      ),
    conditions: (name) =>
      (here.get(name)['status'].conditions ?? []).map(
        (one: { type: string; status: string }) => `${one.type}=${one.status}`,
      ),
    say(name, status) {
      const time = it.registry.time();
      const conditions = [{ type: 'Ready', status, lastHeartbeatTime: time, lastTransitionTime: time }];
      it.edit('nodes', name, (one) => void (one['status'].conditions = conditions), 'status');
    },
    renew(name) {
      const renewTime = `${new Date(it.registry.clock.now()).toISOString().slice(0, -1)}000Z`;
      if (it.get(LEASES, LEASE_NAMESPACE, name)) {
        it.edit(LEASES, name, (lease) => void (lease['spec'].renewTime = renewTime), '', LEASE_NAMESPACE);
      } else {
        it.make('coordination.k8s.io/v1', 'Lease', { name, namespace: LEASE_NAMESPACE }, { spec: { renewTime } });
      }
    },
    pass(seconds, ...alive) {
      for (let second = 0; second < seconds; second += 10) {
        for (const name of alive) here.renew(name);
        it.pass(Math.min(10, seconds - second));
      }
    },
    run(name, nodeName, spec = {}) {
      const containers = [{ name: 'c', image: 'pause' }];
      it.run(it.make('v1', 'Pod', { name, namespace: 'default' }, { spec: { nodeName, containers, ...spec } }));
    },
    pod: (name) => it.get('pods', 'default', name),
    ready: (name) =>
      here.pod(name)?.['status'].conditions.find((one: { type: string }) => one.type === 'Ready')?.status,
    isGoing: (name) => here.pod(name)?.metadata.deletionTimestamp !== undefined,
  };
  return here;
}
