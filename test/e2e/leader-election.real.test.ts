import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type AwsProxy, startAwsProxy } from '../tools/aws-proxy.ts';
import { kubeconfigFor } from '../tools/control-plane.ts';
import type { Program } from '../tools/processes.ts';
import { clear, converged, eventually, FINALIZER, serving } from './look.ts';
import { condition, type Stage, startStage, describeStage } from './stage.ts';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/sluice-controller';
const ELECTION = '--leader-elect=true --leader-elect-lease-duration 3s --leader-elect-renew-deadline 2s'
  .concat(' --leader-elect-retry-period 300ms')
  .split(' ');

interface AuditEntry {
  user: { username: string };
  verb: string;
  objectRef: { resource: string; namespace?: string; name?: string };
  requestReceivedTimestamp: string;
  responseStatus?: { code: number };
}

/** A controller with an AWS proxy and an API user of its own. */
interface Replica {
  user: string;
  program: Program;
  proxy: AwsProxy;
  awsWrites(): string[];
  /** Writes that reached the API server since `from`, those of the election left out. */
  apiWrites(from?: Date): string[];
}

describeStage('two controllers and one Lease', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-leaders-'));
  const auditLog = join(dir, 'audit.log');
  const replicas: Replica[] = [];
  let stage: Stage;
  let users = 0;

  beforeAll(async () => {
    const policy = join(dir, 'policy.json');
    const rules = [{ level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete'] }, { level: 'None' }];
    const omitStages = ['RequestReceived'];
    writeFileSync(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages, rules }));
    stage = await startStage({
      nodes: 2,
      apiServerArgs: [`--audit-policy-file=${policy}`, `--audit-log-path=${auditLog}`],
    });
  });
  afterEach(async () => {
    await clear(stage);
    for (const { program, proxy } of replicas.splice(0)) {
      // With its Lease given back the next test need not wait until it runs out.
      await program.end('SIGTERM', 3_000);
      await proxy.stop();
    }
  });
  afterAll(async () => {
    await stage?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  function audit(): AuditEntry[] {
    const lines = readFileSync(auditLog, 'utf8').split('\n');
    return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as AuditEntry);
  }

  /** A service account of its own with the chart's roles, as a kubeconfig: so the audit log can tell replicas apart. */
  async function newUser(): Promise<{ user: string; kubeconfig: string }> {
    const name = `replica-${++users}`;
    const accounts = '/api/v1/namespaces/kube-system/serviceaccounts';
    await stage.kube.request('POST', accounts, { metadata: { name } });
    for (const [collection, kind, role] of [
      ['clusterrolebindings', 'ClusterRole', 'sluice-controller'],
      ['namespaces/kube-system/rolebindings', 'Role', 'sluice-controller-leader-election'],
    ]) {
      await stage.kube.request('POST', `/apis/rbac.authorization.k8s.io/v1/${collection}`, {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: role },
        subjects: [{ kind: 'ServiceAccount', name, namespace: 'kube-system' }],
      });
    }
    const { body } = await stage.kube.request('POST', `${accounts}/${name}/token`, { spec: {} });
    const kubeconfig = join(dir, `${name}.kubeconfig`);
    writeFileSync(kubeconfig, kubeconfigFor({ ...stage.kube, token: body.status.token }), { mode: 0o600 });
    return { user: `system:serviceaccount:kube-system:${name}`, kubeconfig };
  }

  async function start(): Promise<Replica> {
    const { user, kubeconfig } = await newUser();
    const proxy = await startAwsProxy(stage.endpoint.url);
    const program = await stage.controller(['--kubeconfig', kubeconfig, ...ELECTION], { AWS_ENDPOINT_URL: proxy.url });
    const replica: Replica = {
      user,
      program,
      proxy,
      awsWrites: () => proxy.calls.map(({ action }) => action).filter((action) => !action.startsWith('Describe')),
      apiWrites: (from = new Date(0)) =>
        audit()
          .filter((entry) => entry.user.username === user && entry.objectRef.resource !== 'leases')
          .filter((entry) => new Date(entry.requestReceivedTimestamp) >= from)
          .map(({ verb, objectRef }) => `${verb} ${objectRef.resource} ${objectRef.name}`),
    };
    replicas.push(replica);
    return replica;
  }

  const leads = (replica: Replica) =>
    eventually(() => expect(replica.program.tail(400)).toContain('leader election: acquired'), 20_000);
  const holder = async () => (await stage.kube.request('GET', LEASE)).body.spec.holderIdentity as string;

  async function pair(): Promise<[leader: Replica, standby: Replica]> {
    const leader = await start();
    await leads(leader);
    const standby = await start();
    await eventually(() => expect(standby.program.tail(400)).toContain('found the cluster'));
    return [leader, standby];
  }

  test('only the leader writes; when it is told to end, the other goes on at once', async () => {
    const [leader, standby] = await pair();
    await stage.create({ name: 'first' });
    await converged(stage, 'first');
    const { lb } = await serving(stage, 'first');
    expect(leader.awsWrites()).toContain('CreateLoadBalancer');
    expect(leader.apiWrites()).toContain('patch services first');
    expect(standby.awsWrites()).toEqual([]);
    expect(standby.apiWrites()).toEqual([]);

    const identity = await holder();
    const start = performance.now();
    await leader.program.end('SIGTERM', 10_000);
    expect(await leader.program.exit).toBe(0);
    await leads(standby);
    // The Lease was given back, so nobody had to wait until it ran out.
    expect(performance.now() - start).toBeLessThan(3_000);
    expect(await holder()).not.toBe(identity);
    await stage.create({ name: 'second' });
    await converged(stage, 'second');
    expect(standby.awsWrites()).toContain('CreateLoadBalancer');
    expect((await serving(stage, 'first')).lb).toEqual(lb);
  });

  test('when the leader is killed half-way, the other finishes what it began', async () => {
    const [leader, standby] = await pair();
    let killed = false;
    leader.proxy.onCall = ({ action }) => {
      if (action !== 'CreateLoadBalancer' || killed) return 'pass';
      killed = true;
      return { applied: () => leader.program.end('SIGKILL'), answer: 'never' };
    };
    await stage.create({ name: 'orphaned' });
    await converged(stage, 'orphaned');
    expect(killed).toBe(true);
    const { targetGroups } = await serving(stage, 'orphaned');
    expect(targetGroups).toHaveLength(1);
    // It found what was there: nothing was made twice.
    expect(leader.awsWrites()).toContain('CreateLoadBalancer');
    expect(standby.awsWrites()).not.toContain('CreateLoadBalancer');
    expect(standby.awsWrites()).not.toContain('CreateTargetGroup');
    expect((await stage.get('orphaned'))?.metadata.finalizers).toEqual([FINALIZER]);
  });

  test('a leader that was frozen and wakes up writes nothing any more, and ends', async () => {
    const [leader, standby] = await pair();
    // Frozen with one call under way: its answer is there when it wakes up, and more work with it. No other call is about to be sent:
    // one that had passed the fence would go out after the freeze.
    const frozen = new Promise<void>((resolve) => {
      leader.proxy.onCall = ({ action }) => {
        if (action !== 'CreateLoadBalancer') return 'pass';
        const freeze = () => {
          process.kill(leader.program.pid, 'SIGSTOP');
          resolve();
        };
        return { applied: freeze };
      };
    });
    await stage.create({ name: 'frozen' });
    await frozen;
    await stage.create({ name: 'waiting' });
    await leads(standby);
    for (const name of ['frozen', 'waiting']) await converged(stage, name);
    const before = await stage.cloud();
    const awsWrites = leader.awsWrites().length;
    await stage.create({ name: 'later' });
    await converged(stage, 'later');

    const awake = new Date();
    process.kill(leader.program.pid, 'SIGCONT');
    expect(await leader.program.exit).toBe(1);
    expect(leader.program.tail()).toContain('lost the leader lease');
    expect(leader.awsWrites()).toHaveLength(awsWrites);
    // Whatever it was about to write, the API server has not seen.
    await stage.create({ name: 'mark' });
    await converged(stage, 'mark');
    expect(standby.apiWrites(awake)).toContain('patch services mark');
    expect(leader.apiWrites(awake)).toEqual([]);
    const after = await stage.cloud();
    expect(after.loadBalancers).toEqual(expect.arrayContaining(before.loadBalancers));
    expect(after.targetGroups).toEqual(expect.arrayContaining(before.targetGroups));
    expect(condition(await stage.get('frozen'), 'Synced')?.status).toBe('True');
  });

  test('a leader whose Lease was taken from it ends, and the other leads when nobody renews', async () => {
    const [leader] = await pair();
    const identity = await holder();
    // Somebody takes the Lease away from under it.
    await stage.kube.request('PATCH', LEASE, {
      spec: { holderIdentity: 'somebody-else', renewTime: new Date().toISOString().replace('Z', '000Z') },
    });
    expect(await leader.program.exit).toBe(1);
    await eventually(async () => expect(await holder()).not.toBe('somebody-else'), 20_000);
    expect(await holder()).not.toBe(identity);
    await stage.create({ name: 'after' });
    await converged(stage, 'after');
  });
});
