/** `sluice endpoints` as a program, on both API servers: pods come and go, and the set follows. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENDPOINTS_PERMISSIONS } from '../../src/endpoints/kube-permissions.ts';
import type { Endpoints, EndpointSlice } from '../../src/kube/objects.ts';
import { createKubeClient, STRATEGIC_MERGE_PATCH, type ClusterClient } from '../../src/kube/request.ts';
import { describeWith } from '../support/requirements.ts';
import { waitFor } from '../support/wait.ts';
import { API_SERVERS, apiServerRequirements, startApiServer } from '../tools/api-server.ts';
import { type ControlPlane, kubeconfigFor } from '../tools/control-plane.ts';
import { type Program, startProgram } from '../tools/processes.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const SLICES = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
const CORE = '/api/v1/namespaces/default';

/** A kubeconfig of one who may do what the table says and nothing more. */
async function restricted(plane: ControlPlane): Promise<string> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const accounts = '/api/v1/namespaces/kube-system/serviceaccounts';
  const name = 'sluice-endpoints';
  const rules = ENDPOINTS_PERMISSIONS.map(({ apiGroup, resource, verbs }) => ({
    apiGroups: [apiGroup],
    resources: [resource],
    verbs,
  }));
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  const subjects = [{ kind: 'ServiceAccount', name, namespace: 'kube-system' }];
  await plane.request('POST', accounts, { metadata: { name } });
  await plane.request('POST', `${rbac}/clusterroles`, { metadata: { name }, rules });
  await plane.request('POST', `${rbac}/clusterrolebindings`, { metadata: { name }, roleRef, subjects });
  const { body } = await plane.request('POST', `${accounts}/${name}/token`, { spec: { expirationSeconds: 3600 } });
  const file = join(plane.dir, 'kubeconfig-endpoints');
  writeFileSync(file, kubeconfigFor({ ...plane, token: body.status.token as string }), { mode: 0o600 });
  return file;
}

for (const name of API_SERVERS) {
  describeWith(apiServerRequirements(name), `sluice endpoints on ${name}`, () => {
    let plane: ControlPlane;
    let client: ClusterClient;
    let program: Program;
    let kubeconfig: string;

    const startController = async () => {
      let watching = false;
      const args = ['--enable-source-maps', MAIN, 'endpoints', '--leader-elect', '--kubeconfig', kubeconfig];
      program = await startProgram(process.execPath, args, {
        name: 'sluice endpoints',
        onLine: (line) => {
          watching ||= line.includes('"watching"');
        },
      });
      await waitFor(() => watching || program.ended, { what: 'sluice endpoints to have listed everything' });
      expect(program.ended, program.tail()).toBe(false);
    };

    beforeAll(async () => {
      plane = await startApiServer({}, name);
      client = createKubeClient({ kubeconfig: plane.kubeconfig });
      for (const zone of ['a', 'b']) {
        const metadata = { name: `node-${zone}`, labels: { 'topology.kubernetes.io/zone': zone } };
        await client.request('POST', '/api/v1/nodes', { body: { metadata } });
      }
      kubeconfig = await restricted(plane);
      await startController();
    });

    afterAll(async () => {
      await program?.end();
      await client?.close();
      await plane?.stop();
    });

    const post = (resource: string, metadata: object, rest: object) =>
      client.request(`POST`, `${CORE}/${resource}`, { body: { metadata, ...rest } });
    const remove = (resource: string, object: string, body: object = {}) =>
      client.request('DELETE', `${CORE}/${resource}/${object}`, { body });
    const service = (object: string, spec: object) => post('services', { name: object }, { spec });
    const setReady = (pod: string, ip: string, ready: boolean) =>
      client.request('PATCH', `${CORE}/pods/${pod}/status`, {
        contentType: STRATEGIC_MERGE_PATCH,
        body: {
          status: {
            phase: 'Running',
            podIP: ip,
            podIPs: [{ ip }],
            conditions: [
              { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2026-01-01T00:00:00Z' },
            ],
          },
        },
      });
    const pod = async (app: string, object: string, ip: string, zone: string, port = 8080) => {
      const container = { name: 'c', image: 'pause', ports: [{ name: 'http', containerPort: port }] };
      const spec = { nodeName: `node-${zone}`, containers: [container] };
      await post('pods', { name: object, labels: { app } }, { spec });
      await setReady(object, ip, true);
    };
    const slicesOf = async (of: string) => {
      const query = { labelSelector: `kubernetes.io/service-name=${of}` };
      const { items } = await client.request<{ items: EndpointSlice[] }>('GET', SLICES, { query });
      return items;
    };
    /** `ip:port@zone` and the conditions that are not a well pod's. */
    const shown = async (of: string) =>
      (await slicesOf(of))
        .flatMap(({ endpoints, ports }) =>
          (endpoints ?? []).map(({ addresses, conditions, zone }) => {
            const notes = [conditions?.ready ? '' : ' unready', conditions?.terminating ? ' terminating' : ''].join('');
            return `${addresses[0]}:${ports?.[0]?.port}@${zone}${notes}`;
          }),
        )
        .sort();
    const endpointsOf = async (of: string) => {
      const { subsets } = await client.request<Endpoints>('GET', `${CORE}/endpoints/${of}`);
      return (subsets ?? []).map(({ addresses, notReadyAddresses, ports }) => [
        (addresses ?? []).map(({ ip }) => ip),
        (notReadyAddresses ?? []).map(({ ip }) => ip),
        ports?.[0]?.port,
      ]);
    };
    /** Waits until `look` gives this. */
    const until = async <T>(look: () => Promise<T>, expected: T) => {
      let last: T | undefined;
      await waitFor(async () => JSON.stringify((last = await look())) === JSON.stringify(expected), {
        what: JSON.stringify(expected),
      }).catch(() => {});
      expect(last).toEqual(expected);
    };

    test('a Service has an empty slice, and then its pods', async () => {
      await service('web', { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] });
      await until(async () => (await slicesOf('web')).map(({ endpoints }) => endpoints ?? []), [[]]);
      await pod('web', 'web-1', '10.1.0.1', 'a');
      await pod('web', 'web-2', '10.1.0.2', 'b');
      await pod('other', 'other', '10.1.0.9', 'b');
      await until(() => shown('web'), ['10.1.0.1:8080@a', '10.1.0.2:8080@b']);
      await until(() => endpointsOf('web'), [[['10.1.0.1', '10.1.0.2'], [], 8080]]);
      expect(await slicesOf('web')).toMatchObject([
        { metadata: { name: expect.stringMatching(/^web-\w{5}$/), generateName: 'web-' }, addressType: 'IPv4' },
      ]);
    });

    test('a pod that is not ready is said to be so, and one with another port has a slice of its own', async () => {
      await setReady('web-1', '10.1.0.1', false);
      await pod('web', 'web-3', '10.1.0.3', 'a', 9090);
      await until(() => shown('web'), ['10.1.0.1:8080@a unready', '10.1.0.2:8080@b', '10.1.0.3:9090@a']);
      expect((await slicesOf('web')).length).toBe(2);
      await until(async () => (await endpointsOf('web')).length, 2);
      await setReady('web-1', '10.1.0.1', true);
      await remove('pods', 'web-3', { gracePeriodSeconds: 0 });
      await until(() => shown('web'), ['10.1.0.1:8080@a', '10.1.0.2:8080@b']);
    });

    test('a pod that ends is terminating until it is gone', async () => {
      await remove('pods', 'web-2', { gracePeriodSeconds: 30 });
      await until(() => shown('web'), ['10.1.0.1:8080@a', '10.1.0.2:8080@b unready terminating']);
      await until(() => endpointsOf('web'), [[['10.1.0.1'], [], 8080]]);
      await remove('pods', 'web-2', { gracePeriodSeconds: 0 });
      await until(() => shown('web'), ['10.1.0.1:8080@a']);
    });

    test('what others do to slices and Endpoints is put right', async () => {
      const [slice] = await slicesOf('web');
      await client.request('DELETE', `${SLICES}/${slice?.metadata.name}`);
      await remove('endpoints', 'web');
      await until(() => shown('web'), ['10.1.0.1:8080@a']);
      await until(() => endpointsOf('web'), [[['10.1.0.1'], [], 8080]]);
      const [next] = await slicesOf('web');
      await client.request('PATCH', `${SLICES}/${next?.metadata.name}`, { body: { endpoints: [] } });
      await until(() => shown('web'), ['10.1.0.1:8080@a']);
    });

    test('120 pods fill one slice and begin another', async () => {
      await service('many', { selector: { app: 'many' }, ports: [{ port: 80 }] });
      const numbers = Array.from({ length: 120 }, (_, index) => index + 1);
      await Promise.all(numbers.map((n) => pod('many', `many-${n}`, `10.2.0.${n}`, 'a')));
      await until(async () => (await shown('many')).length, 120);
      const sizes = async () => (await slicesOf('many')).map(({ endpoints }) => endpoints?.length ?? 0);
      expect(Math.max(...(await sizes()))).toBeLessThanOrEqual(100);
      await until(async () => (await endpointsOf('many'))[0]?.[0], numbers.map((n) => `10.2.0.${n}`).sort());
    });

    test('Endpoints that are written by hand are mirrored', async () => {
      await service('own', { ports: [{ port: 80 }] });
      const subsets = [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 8080 }] }];
      await post('endpoints', { name: 'own', labels: { a: 'b' } }, { subsets });
      await until(() => shown('own'), ['192.0.2.1:8080@undefined']);
      const body = { subsets: [{ addresses: [{ ip: '192.0.2.2' }], ports: [{ port: 8080 }] }] };
      await client.request('PATCH', `${CORE}/endpoints/own`, { body });
      await until(() => shown('own'), ['192.0.2.2:8080@undefined']);
      await remove('endpoints', 'own');
      await until(() => shown('own'), []);
    });

    test('a restart writes nothing, and what happened meanwhile is made up for', async () => {
      const versions = async () => [
        (await slicesOf('many')).map(({ metadata }) => metadata.resourceVersion).sort(),
        (await client.request<Endpoints>('GET', `${CORE}/endpoints/many`)).metadata.resourceVersion,
      ];
      const before = await versions();
      await program.end();
      await pod('web', 'web-4', '10.1.0.4', 'b');
      await startController();
      await until(() => shown('web'), ['10.1.0.1:8080@a', '10.1.0.4:8080@b']);
      expect(await versions()).toEqual(before);
    });

    test('with the Service its Endpoints go', async () => {
      await remove('services', 'web');
      const gone = () =>
        client.request('GET', `${CORE}/endpoints/web`).then(
          () => false,
          (error: { status?: number }) => error.status === 404,
        );
      await until(gone, true);
      // With no more permissions than it says it needs.
      expect(program.tail(400)).not.toMatch(/forbidden/i);
    });
  });
}
