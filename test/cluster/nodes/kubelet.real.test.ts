import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { updateAs } from '../../../src/cluster/controllers/writes.ts';
import type { Pod } from '../../../src/cluster/nodes/pod.ts';
import { storedKind } from '../../../src/cluster/registry/kinds.ts';
import { takeLoopbackTurn } from '../../support/loopback-turn.ts';
import { waitFor } from '../../support/wait.ts';
import { isReady, node, power, type Rig, server, startRig } from './rig.ts';

takeLoopbackTurn();
let rig: Rig;
beforeAll(async () => {
  rig = await startRig(2);
});
afterAll(() => rig.close());

/** Answers a pod's server gives; undefined when there is none. */
async function ask(name: string, port: number, path = '/'): Promise<string | undefined> {
  const ip = rig.get(name)?.status?.podIP;
  const answer = await fetch(`http://${ip}:${port}${path}`, { signal: AbortSignal.timeout(2000) }).catch(
    () => undefined,
  );
  return answer?.text();
}

const stateOf = (name: string, container = 'a') => {
  const status = rig.get(name)?.status;
  return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
    (one) => one.name === container,
  );
};

async function logOf(name: string, more: { previous?: boolean; container?: string } = {}): Promise<string> {
  const pod = rig.get(name);
  if (!pod) return '';
  const options = {
    container: 'a',
    follow: false,
    previous: false,
    timestamps: false,
    stream: 'All',
    ...more,
  } as const;
  let text = '';
  for await (const chunk of await rig.fleet.logs(pod, options, new AbortController().signal)) text += chunk.toString();
  return text;
}

describe('a pod', () => {
  test('runs with its own address, serves, logs and takes programs beside it', async () => {
    rig.pod('plain', { containers: [server('a', 8080)] });
    const pod = await rig.until('plain', 'to be ready', isReady);
    expect(pod.status).toMatchObject({ phase: 'Running', hostIP: '127.64.0.1' });
    expect(pod.status?.podIP).toMatch(/^127\.65\.1\.\d+$/);
    await waitFor(() => ask('plain', 8080), { what: 'an answer', timeoutMs: 5000 });
    expect(await logOf('plain')).toBe('listens\n');
    const exec = await rig.fleet.exec(pod, {
      container: 'a',
      command: ['sh', '-c', 'echo $HOSTNAME $POD_IP; exit 3'],
      stdin: false,
      tty: false,
    });
    let output = '';
    exec.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    expect((await exec.exit).code).toBe(3);
    expect(output).toBe(`plain ${pod.status?.podIP}\n`);
    rig.remove('plain', 1);
    await rig.until('plain', 'to go', (gone) => gone === undefined);
    expect(await ask('plain', 8080)).toBeUndefined();
  });

  test('that somebody marked as not ready, as a lost node is marked, says that it is', async () => {
    rig.pod('marked', { containers: [server('a', 8079)] });
    await rig.until('marked', 'to be ready', isReady);
    const place = { resource: 'pods', namespace: 'default', name: 'marked' };
    const mark = (live: KubeObject): KubeObject => {
      const conditions = (live as Pod).status?.conditions ?? [];
      return {
        ...live,
        status: {
          ...live['status'],
          conditions: conditions.map((one) => (one.type === 'Ready' ? { ...one, status: 'False' } : one)),
        },
      };
    };
    updateAs(rig.registry, 'test', place, mark, 'status');
    expect(isReady(rig.get('marked'))).toBe(false);
    await rig.until('marked', 'to be ready again', isReady);
    rig.remove('marked', 0);
  });

  test('whose image is unknown says so and waits', async () => {
    rig.pod('unknown', { containers: [{ name: 'a', image: 'nowhere/x' }] });
    await rig.until('unknown', 'to back off', () => stateOf('unknown')?.state.waiting?.reason === 'ImagePullBackOff');
    expect(stateOf('unknown')?.state.waiting?.message).toBe('Back-off pulling image "nowhere/x": no image nowhere/x');
    expect(rig.events('unknown')).toContain('Failed: Failed to pull image "nowhere/x": no image nowhere/x');
    rig.remove('unknown');
    await rig.until('unknown', 'to go', (gone) => gone === undefined);
  });

  test('that crashes is run again, later and later', async () => {
    rig.pod('crash', { containers: [node('a', 'console.log("run");process.exit(7)')] });
    await rig.until('crash', 'its third run', () => (stateOf('crash')?.restartCount ?? 0) >= 2);
    await rig.until('crash', 'its back-off', () => stateOf('crash')?.state.waiting?.reason === 'CrashLoopBackOff');
    expect(stateOf('crash')?.lastState.terminated).toMatchObject({ exitCode: 7, reason: 'Error' });
    expect(rig.get('crash')?.status?.phase).toBe('Running');
    expect(await logOf('crash', { previous: true })).toBe('run\n');
    rig.remove('crash');
    await rig.until('crash', 'to go', (gone) => gone === undefined);
  });

  test('that wants a configuration which is not there yet runs soon after it is', async () => {
    const fetched = { name: 'GREETING', valueFrom: { configMapKeyRef: { name: 'late', key: 'greeting' } } };
    rig.pod('waits', { containers: [node('a', 'console.log(process.env.GREETING)', { env: [fetched] })] });
    const reason = () => stateOf('waits')?.state.waiting?.reason;
    await rig.until('waits', 'to miss it', () => reason() === 'CreateContainerConfigError');
    rig.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late' }, data: { greeting: 'hello' } });
    await rig.until('waits', 'to run', () => stateOf('waits')?.containerID !== undefined);
    await waitFor(async () => (await logOf('waits')) === 'hello\n', { what: 'its greeting' });
    rig.remove('waits', 0);
  });

  test('whose image is changed runs the new one', async () => {
    rig.pod('changed', { restartPolicy: 'OnFailure', containers: [server('a', 8086)] });
    await rig.until('changed', 'to be ready', isReady);
    rig.change('changed', (pod) => {
      for (const container of pod.spec.containers) container.image = 'node:next';
    });
    await rig.until('changed', 'to run again', () => stateOf('changed')?.restartCount === 1, 5000);
    await rig.until('changed', 'to be ready', isReady);
    expect(stateOf('changed')).toMatchObject({ image: 'node:next' });
    expect(rig.events('changed')).toContain('Killing: Container a definition changed, will be restarted');
    rig.remove('changed', 0);
  });

  test('whose status the API server refuses does no harm to others', async () => {
    rig.pod('refused', { containers: [server('a', 8091)] });
    await rig.until('refused', 'to be ready', isReady);
    // As if its container had ended for good: it can't be ready again.
    rig.change('refused', (pod) => {
      pod.spec.restartPolicy = 'Never';
      const [status] = pod.status?.containerStatuses ?? [];
      if (status)
        status.state = { terminated: { exitCode: 0, reason: 'Completed', startedAt: null, finishedAt: null } };
      pod.status = { ...pod.status, conditions: [] };
    });
    await waitFor(() => rig.failures.some((one) => one.includes('may not be transitioned')), { what: 'a refusal' });
    rig.remove('refused', 0);
    await rig.until('refused', 'to have gone', (pod) => pod === undefined);
    rig.failures.length = 0;
  });

  test('takes ephemeral containers while it runs', async () => {
    rig.pod('debugged', { containers: [server('a', 8087)] });
    await rig.until('debugged', 'to be ready', isReady);
    rig.change('debugged', (pod) => {
      pod.spec.ephemeralContainers = [node('d', 'console.log(process.env.POD_IP);process.exit(3)')];
    });
    const status = () => rig.get('debugged')?.status?.ephemeralContainerStatuses?.[0];
    await rig.until('debugged', 'to have debugged', () => status()?.state.terminated?.exitCode === 3);
    expect(await logOf('debugged', { container: 'd' })).toBe(`${rig.get('debugged')?.status?.podIP}\n`);
    expect(status()).toMatchObject({ restartCount: 0, ready: false });
    expect(isReady(rig.get('debugged'))).toBe(true);
    rig.remove('debugged', 0);
  });

  test('on a terminal shows its prompt to who types', async () => {
    const shell = { name: 'a', image: 'sh', command: ['sh', '-c', 'printf "name? "; read name; echo "hi $name"'] };
    rig.pod('shell', { restartPolicy: 'Never', containers: [{ ...shell, stdin: true, tty: true }] });
    const pod = await rig.until('shell', 'to run', () => stateOf('shell')?.state.running !== undefined);
    const options = { container: 'a', follow: true, previous: false, timestamps: false, stream: 'All' } as const;
    const chunks = await rig.fleet.logs(pod, { ...options, unfinished: true }, new AbortController().signal);
    let seen = '';
    for await (const chunk of chunks) {
      seen += chunk.toString();
      if (seen === 'name? ') rig.fleet.stdin(pod, 'a')?.write('Ada\n');
    }
    expect(seen.replaceAll('\r', '')).toBe('name? Ada\nhi Ada\n');
  });

  test('says what of it is not so here, and what ended it', async () => {
    const volumes = [
      { name: 'cache', emptyDir: {} },
      { name: 'kube-api-access-x', projected: {} },
    ];
    rig.pod('limits', { activeDeadlineSeconds: 1, volumes, containers: [server('a', 8088)] });
    await rig.until('limits', 'to be ended', (pod) => pod?.status?.phase === 'Failed');
    expect(rig.events('limits')).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^VolumesNotMounted: Volumes are not mounted \(cache\):/),
        'DeadlineExceeded: Pod was active on the node longer than the specified deadline',
      ]),
    );
  });

  test('with restartPolicy Never succeeds or fails, and gives its address back', async () => {
    for (const code of [0, 2]) {
      const name = `once-${code}`;
      rig.pod(name, { restartPolicy: 'Never', containers: [node('a', `process.exit(${code})`)] });
      const pod = await rig.until(name, 'to end', (live) => /Succeeded|Failed/.test(live?.status?.phase ?? ''));
      expect(pod.status?.phase).toBe(code === 0 ? 'Succeeded' : 'Failed');
      rig.remove(name);
      expect(rig.get(name)).toBeUndefined();
    }
  });

  test('runs its init containers one after the other, and sidecars beside the others', async () => {
    rig.pod('init', {
      initContainers: [
        node('i1', 'console.log(process.argv[1])', { args: ['$(WORD)'], env: [{ name: 'WORD', value: 'one' }] }),
        {
          ...server('side', 8081, '', { startupProbe: { periodSeconds: 1, tcpSocket: { port: 8081 } } }),
          restartPolicy: 'Always',
        },
        node('i2', 'fetch(`http://${process.env.POD_IP}:8081`).then(r=>r.text()).then(console.log)', {}),
      ],
      restartPolicy: 'OnFailure',
      containers: [node('a', 'console.log("main")')],
    });
    const pod = await rig.until('init', 'to succeed', (live) => live?.status?.phase === 'Succeeded');
    expect(pod.status?.initContainerStatuses?.map(({ name }) => name)).toEqual(['i1', 'side', 'i2']);
    expect(await logOf('init', { container: 'i1' })).toBe('one\n');
    expect(await logOf('init', { container: 'i2' })).toMatch(/^side 127\./);
    expect(stateOf('init', 'side')?.state.terminated).toBeDefined();
    rig.remove('init');
  });
});

describe('probes', () => {
  const fast = { periodSeconds: 1, failureThreshold: 1 };

  test.each([
    ['httpGet', { httpGet: { path: '/', port: 'web' } }, { httpGet: { path: '/fail', port: 8082 } }],
    ['tcpSocket', { tcpSocket: { port: 8082 } }, { tcpSocket: { port: 8099 } }],
    ['exec', { exec: { command: ['true'] } }, { exec: { command: ['sh', '-c', 'echo no; false'] } }],
  ])('%s drives readiness', async (kind, good, bad) => {
    const ports = [{ name: 'web', containerPort: 8082 }];
    const of = (probe: object) => [server('a', 8082, '', { ports, readinessProbe: { ...fast, ...probe } })];
    const [yes, no] = [`yes-${kind.toLowerCase()}`, `no-${kind.toLowerCase()}`];
    rig.pod(yes, { containers: of(good) });
    rig.pod(no, { containers: of(bad) });
    await rig.until(yes, 'to be ready', isReady);
    await waitFor(() => rig.events(no).some((event) => event.startsWith('Unhealthy: Readiness probe failed: ')), {
      what: 'a failed probe',
      timeoutMs: 5000,
    });
    expect(isReady(rig.get(no))).toBe(false);
    rig.remove(yes, 0);
    rig.remove(no, 0);
  });

  test('readiness follows what the program says', async () => {
    const script =
      'let code=200;require("http").createServer((q,a)=>{if(q.url.startsWith("/set/"))code=+q.url.slice(5);' +
      'else a.statusCode=code;a.end("x")}).listen(8083,process.env.POD_IP)';
    rig.pod('turns', { containers: [node('a', script, { readinessProbe: { ...fast, httpGet: { port: 8083 } } })] });
    await rig.until('turns', 'to be ready', isReady);
    await ask('turns', 8083, '/set/503');
    await rig.until('turns', 'not to be ready', (pod) => !isReady(pod));
    await ask('turns', 8083, '/set/302');
    await rig.until('turns', 'to be ready again', isReady);
    rig.remove('turns', 0);
  });

  test('liveness ends a container and it runs again; startup keeps the others waiting', async () => {
    rig.pod('sick', {
      terminationGracePeriodSeconds: 1,
      containers: [
        server('a', 8084, '', {
          startupProbe: { ...fast, failureThreshold: 30, tcpSocket: { port: 8084 } },
          livenessProbe: { ...fast, httpGet: { path: '/fail', port: 8084 } },
        }),
      ],
    });
    await rig.until('sick', 'a restart', () => (stateOf('sick')?.restartCount ?? 0) >= 1);
    expect(rig.events('sick')).toContain('Killing: Container a failed liveness probe, will be restarted');
    rig.remove('sick', 0);
  });
});

describe('termination', () => {
  test('a terminating pod goes on serving, and being ready, until it ends', async () => {
    const slow = server('a', 8085, 'process.on("SIGTERM",()=>setTimeout(()=>process.exit(0),1500))', {
      readinessProbe: { periodSeconds: 1, httpGet: { port: 8085 } },
    });
    rig.pod('slow', { containers: [slow] });
    await rig.until('slow', 'to be ready', isReady);
    rig.remove('slow', 10);
    const pod = await rig.until('slow', 'to be going', (live) => live?.metadata.deletionTimestamp !== undefined);
    expect(isReady(pod)).toBe(true);
    expect(await ask('slow', 8085)).toMatch(/^a /);
    await rig.until('slow', 'to go', (gone) => gone === undefined);
  });

  test('its grace is kept, and then it is killed', async () => {
    rig.pod('deaf', { containers: [server('a', 8086, 'process.on("SIGTERM",()=>{})')] });
    await rig.until('deaf', 'to be ready', isReady);
    await waitFor(() => ask('deaf', 8086), { what: 'an answer', timeoutMs: 5000 });
    const begun = performance.now();
    rig.remove('deaf', 2);
    await rig.until('deaf', 'to go', (gone) => gone === undefined);
    expect(performance.now() - begun).toBeGreaterThan(1900);
  });

  test('its preStop hook comes first', async () => {
    rig.pod('hook', {
      containers: [server('a', 8087, '', { lifecycle: { preStop: { sleep: { seconds: 1 } } } })],
    });
    await rig.until('hook', 'to be ready', isReady);
    await waitFor(() => ask('hook', 8087), { what: 'an answer', timeoutMs: 5000 });
    const begun = performance.now();
    rig.remove('hook', 10);
    expect(await ask('hook', 8087)).toMatch(/^a /);
    await rig.until('hook', 'to go', (gone) => gone === undefined);
    expect(performance.now() - begun).toBeGreaterThan(950);
  });

  test('removed by force, it is killed at once', async () => {
    rig.pod('forced', { containers: [server('a', 8088, 'process.on("SIGTERM",()=>{})')] });
    await rig.until('forced', 'to be ready', isReady);
    const ip = rig.get('forced')?.status?.podIP;
    rig.remove('forced', 0);
    expect(rig.get('forced')).toBeUndefined();
    await waitFor(
      async () =>
        !(await fetch(`http://${ip}:8088`).then(
          () => true,
          () => false,
        )),
      {
        what: 'its server to be gone',
        timeoutMs: 5000,
      },
    );
  });
});

describe('nodes', () => {
  test('are registered in zones, ready, with a lease and pod ranges', () => {
    const nodes = [...rig.registry.store.list('nodes')].map(({ object }) => object);
    expect(nodes.map(({ metadata, spec }) => [metadata.name, spec.providerID, spec.podCIDR])).toEqual([
      ['node-1', 'aws:///us-east-1a/i-00000000000000001', '127.65.1.0/24'],
      ['node-2', 'aws:///us-east-1b/i-00000000000000002', '127.65.2.0/24'],
    ]);
    expect(rig.registry.store.get('leases.coordination.k8s.io', 'kube-node-lease', 'node-1')).toBeDefined();
  });

  test('one that is switched off takes its pods with it, and runs them again when it is back', async () => {
    rig.pod('on-2', { nodeName: 'node-2', containers: [server('a', 8090)] });
    await rig.until('on-2', 'to be ready', isReady);
    await waitFor(() => ask('on-2', 8090), { what: 'an answer', timeoutMs: 5000 });
    power(rig, 'node-2', 'off');
    await waitFor(async () => (await ask('on-2', 8090)) === undefined, { what: 'silence', timeoutMs: 5000 });
    // Nobody has said so: that is for those who miss its lease.
    expect(isReady(rig.get('on-2'))).toBe(true);
    power(rig, 'node-2', 'on');
    await rig.until('on-2', 'its second run', () => stateOf('on-2')?.restartCount === 1 && isReady(rig.get('on-2')));
    await waitFor(() => ask('on-2', 8090), { what: 'an answer', timeoutMs: 5000 });
    rig.remove('on-2', 0);
  });

  test('one that comes back runs no pod again that is to run once', async () => {
    const ends = node('b', '');
    rig.pod('once', { restartPolicy: 'Never', containers: [server('a', 8089)] });
    rig.pod('half', { restartPolicy: 'OnFailure', containers: [server('a', 8090), ends] });
    await rig.until('once', 'to be ready', isReady);
    await rig.until('half', 'to be half done', () => stateOf('half', 'b')?.state.terminated?.exitCode === 0);
    power(rig, 'node-1', 'off');
    await waitFor(() => rig.fleet.running === 1, { what: 'the node to be off' });
    const pod = rig.get('once') as Pod;
    await expect(rig.fleet.exec(pod, { container: 'a', command: ['true'], stdin: false, tty: false })).rejects.toThrow(
      'node node-1 does not run: start it with sluice node start node-1',
    );
    power(rig, 'node-1', 'on');
    await rig.until('once', 'to have failed', (live) => live?.status?.phase === 'Failed');
    expect(stateOf('once')).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 255 } } });
    await rig.until('half', 'to run again', () => stateOf('half')?.state.running !== undefined);
    expect(stateOf('half')).toMatchObject({ restartCount: 1, lastState: { terminated: { reason: 'Unknown' } } });
    expect(stateOf('half', 'b')).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 0 } } });
    rig.remove('half', 0);
  });

  test('one that is removed ends its pods', async () => {
    rig.pod('orphan', { nodeName: 'node-2', containers: [server('a', 8091)] });
    await rig.until('orphan', 'to be ready', isReady);
    await waitFor(() => ask('orphan', 8091), { what: 'an answer', timeoutMs: 5000 });
    rig.registry.delete(storedKind('nodes'), '', 'node-2', {}, { dryRun: false });
    await waitFor(async () => (await ask('orphan', 8091)) === undefined, { what: 'silence', timeoutMs: 5000 });
  });
});
