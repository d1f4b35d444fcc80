import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goTool } from '../../../scripts/tools.mjs';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { describeWith } from '../../support/requirements.ts';
import { waitFor } from '../../support/wait.ts';
import { ask } from '../server/ask.ts';
import { FakeKubelets, run, running } from '../server/fake-kubelets.ts';
import { startOurs } from '../server/table.ts';
import { type Kubectl, kubectlFor, type Run } from './kubectl.ts';

const PODS = '/api/v1/namespaces/default/pods';

describeWith(['kubectl'], 'kubectl with pods that run', () => {
  let cluster: Cluster;
  let kubectl: Kubectl;
  let dir = '';
  const kubelets = new FakeKubelets();

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-kubectl-pods-'));
    cluster = await startOurs({ kubelets, controllerManager: true });
    kubectl = kubectlFor(cluster.kubeconfig, dir);
    const accounts = '/api/v1/namespaces/default/serviceaccounts/default';
    await waitFor(async () => (await ask(cluster, `GET ${accounts}`)).status === 200, { what: 'the account' });
    await run(cluster, [running('web', 'main'), running('two', 'a', 'b'), running('bad', 'broken')]);
  });
  afterAll(async () => {
    await cluster?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test.each<[words: string[], run: Partial<Run>, input?: string]>([
    [
      ['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3'],
      { code: 3, out: 'out\n', err: 'err\ncommand terminated with exit code 3\n' },
    ],
    [['exec', '-i', 'web', '--', 'sh', '-c', 'cat; echo end'], { code: 0, out: 'hello\nend\n', err: '' }, 'hello\n'],
    [['exec', '-i', 'web', '--', 'wc', '-c'], { code: 0, out: '2000000\n' }, 'x'.repeat(2_000_000)],
    [['exec', 'two', '-c', 'b', '--', 'true'], { code: 0, out: '', err: '' }],
    [
      ['exec', 'bad', '--', 'true'],
      { code: 1, err: 'error: Internal error occurred: container not found ("broken")\n' },
    ],
    [['exec', 'none', '--', 'true'], { code: 1, err: 'Error from server (NotFound): pods "none" not found\n' }],
    [['logs', 'web'], { code: 0, out: 'one\ntwo\n', err: '' }],
    [['logs', 'web', '--tail=1'], { code: 0, out: 'two\n' }],
    [
      ['logs', 'two', '--all-containers', '--prefix'],
      { code: 0, out: /^\[pod\/two\/a\] one\n[^]*\/b\] two\n$/ as never },
    ],
    [
      ['logs', 'web', '-p'],
      {
        code: 1,
        err: 'Error from server (BadRequest): previous terminated container "main" in pod "web" not found\n',
      },
    ],
    [
      ['port-forward', 'web', '8080:80'],
      {
        code: 1,
        err: /reach the pod or the Service by its own address, in kernel mode from inside: kubectl exec POD -- curl ADDRESS:PORT\n$/ as never,
      },
    ],
  ])('%j', async (words, expected, input) => {
    const got = await kubectl(words, input);
    const { code, out = got.out, err = got.err } = expected;
    const like = (text: unknown) => (text instanceof RegExp ? expect.stringMatching(text) : text);
    expect(got).toEqual({ code, out: like(out), err: like(err) });
  });

  test('follows a log to its end', async () => {
    kubelets.asked.length = 0;
    const printed = kubectl('logs -f web');
    await waitFor(() => kubelets.asked[0]?.follow, { what: 'the log to be followed' });
    kubelets.write('three\n');
    kubelets.end();
    expect(await printed).toEqual({ code: 0, out: 'one\ntwo\nthree\n', err: '' });
  });

  test('attaches to what is written from now on', async () => {
    kubelets.asked.length = 0;
    const printed = kubectl('attach web');
    await waitFor(() => kubelets.asked.length === 2, { what: 'both streams' });
    kubelets.write('three\n');
    kubelets.end();
    expect(await printed).toMatchObject({ code: 0, out: 'three\n' });
  });

  test('runs something, types into it and shows what it says', async () => {
    kubelets.asked.length = 0;
    const printed = kubectl('run main --image=i -i --rm --restart=Never', 'hello\n');
    await waitFor(async () => (await ask(cluster, `GET ${PODS}/main`)).status === 200, { what: 'the pod' });
    const target = { apiVersion: 'v1', kind: 'Node', name: 'n1' };
    await ask(cluster, `POST ${PODS}/main/binding`, { body: { metadata: { name: 'main' }, target } });
    const { status } = running('main', 'main');
    await ask(cluster, `PATCH ${PODS}/main/status`, { body: { status } });
    await waitFor(() => kubelets.typed === 'hello\n<end>', { what: 'what was typed' });
    kubelets.write('three\n');
    kubelets.end();
    await ask(cluster, `PATCH ${PODS}/main/status`, { body: { status: { phase: 'Succeeded' } } });
    expect(await printed).toMatchObject({
      code: 0,
      out: 'one\ntwo\nthree\npod "main" deleted from default namespace\n',
    });
  });

  const live = async (name: string) => {
    const { status, body } = await ask(cluster, `GET ${PODS}/${name}`);
    return status === 200 ? body : undefined;
  };

  test('deletes with grace what a kubelet has to end, and all else at once', async () => {
    await run(
      cluster,
      ['graceful', 'forced', 'done'].map((name) => running(name, 'c')),
    );
    await ask(cluster, `PATCH ${PODS}/done/status`, { body: { status: { phase: 'Succeeded' } } });
    const { spec, ...rest } = running('unbound', 'c');
    await ask(cluster, `POST ${PODS}`, { body: { ...rest, spec: { containers: spec.containers } } });
    expect(await kubectl('delete pod done unbound')).toMatchObject({ code: 0 });
    expect(await kubectl('delete pod forced --grace-period=0 --force')).toMatchObject({ code: 0 });
    expect([await live('done'), await live('unbound'), await live('forced')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const deleted = kubectl('delete pod graceful');
    const marked = await waitFor(async () => (await live('graceful'))?.metadata.deletionTimestamp && live('graceful'), {
      what: 'the mark',
    });
    expect(marked.metadata.deletionGracePeriodSeconds).toBe(30);
    // What its kubelet does when the containers have ended.
    await ask(cluster, `DELETE ${PODS}/graceful`, { body: { gracePeriodSeconds: 0 } });
    expect(await deleted).toMatchObject({ code: 0 });
    expect(await live('graceful')).toBeUndefined();
  });

  test('drains a node no faster than a budget allows', async () => {
    await ask(cluster, 'POST /api/v1/nodes', { body: { metadata: { name: 'old' } } });
    const labels = { app: 'guarded' };
    const guarded = ['g1', 'g2'].map((name) => {
      const { metadata, spec, ...rest } = running(name, 'c');
      return { ...rest, metadata: { ...metadata, labels }, spec: { ...spec, nodeName: 'old' } };
    });
    await run(cluster, guarded);
    const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    const budget = { metadata: { name: 'g' }, spec: { minAvailable: 1, selector: { matchLabels: labels } } };
    await ask(cluster, `POST ${budgets}`, { body: budget });
    const status = async () => (await ask(cluster, `GET ${budgets}/g`)).body.status;
    await waitFor(async () => (await status()).disruptionsAllowed === 1, { what: 'the budget to be counted' });

    const drained = kubectl('drain old --force');
    const going = () => Promise.all(['g1', 'g2'].map(async (name) => (await live(name))?.metadata.deletionTimestamp));
    await waitFor(async () => (await going()).some(Boolean), { what: 'the first to be evicted' });
    const [first] = await going();
    const [gone, stays] = first ? ['g1', 'g2'] : ['g2', 'g1'];
    expect((await live(gone)).status.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }),
    );
    await ask(cluster, `DELETE ${PODS}/${gone}`, { body: { gracePeriodSeconds: 0 } });
    await waitFor(async () => (await status()).currentHealthy === 1, { what: 'the first to be missed' });
    expect([await status(), (await live(stays)).metadata.deletionTimestamp]).toMatchObject([
      { disruptionsAllowed: 0, expectedPods: 1 },
      undefined,
    ]);
    // Another one on another node, and the second may go.
    const { metadata, ...rest } = running('g3', 'c');
    await run(cluster, [{ ...rest, metadata: { ...metadata, labels } } as ReturnType<typeof running>]);
    await waitFor(async () => (await live(stays))?.metadata.deletionTimestamp, {
      what: 'the second to be evicted',
      timeoutMs: 30_000,
    });
    await ask(cluster, `DELETE ${PODS}/${stays}`, { body: { gracePeriodSeconds: 0 } });
    const { code, out, err } = await drained;
    expect([code, out]).toEqual([0, expect.stringMatching(/node\/old drained\n$/)]);
    expect(err).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
  });

  test('is told why when it insists on SPDY', async () => {
    const env = { ...process.env, HOME: dir, KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false' };
    const args = ['--kubeconfig', cluster.kubeconfig, 'exec', 'web', '--', 'true'];
    const child = spawn(goTool('kubectl'), args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let err = '';
    child.stderr.on('data', (part) => {
      err += String(part);
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, err]).toEqual([1, expect.stringContaining('use WebSockets, as kubectl does from 1.31 on')]);
  });
});
