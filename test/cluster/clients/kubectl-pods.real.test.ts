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
      { code: 1, err: /reach the pod or the Service by its own address\n$/ as never },
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
