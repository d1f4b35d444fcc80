import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { goTool } from '../../scripts/tools.mjs';
import type { EventBody } from '../../src/kube/event-correlator.ts';
import { EventRecorder } from '../../src/kube/events.ts';
import type { ObjectReference, Service } from '../../src/kube/objects.ts';
import { type ClusterClient, createKubeClient } from '../../src/kube/request.ts';
import { describeWith } from '../support/requirements.ts';
import { apiServerName, apiServerRequirements, startApiServer } from '../tools/api-server.ts';
import type { ControlPlane } from '../tools/control-plane.ts';

describeWith([...apiServerRequirements(), 'kubectl'], `events on a real API server (${apiServerName()})`, () => {
  let plane: ControlPlane;
  let client: ClusterClient;
  let recorder: EventRecorder;
  const errors: unknown[] = [];

  beforeAll(async () => {
    plane = await startApiServer();
    client = createKubeClient({ kubeconfig: plane.kubeconfig });
    const onError = (error: unknown) => void errors.push(error);
    recorder = new EventRecorder({ client, component: 'sluice-controller', instance: 'pod-1', onError });
  });

  afterAll(async () => {
    recorder?.stop();
    await client?.close();
    await plane?.stop();
  });

  async function kubectl(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(goTool('kubectl'), ['--kubeconfig', plane.kubeconfig, ...args], {
      env: { ...process.env, HOME: plane.dir },
    });
    return stdout;
  }

  async function service(name: string): Promise<ObjectReference> {
    const body = { metadata: { name }, spec: { ports: [{ port: 80 }] } };
    const { metadata } = await client.request<Service>('POST', '/api/v1/namespaces/default/services', { body });
    return { apiVersion: 'v1', kind: 'Service', namespace: 'default', name, uid: metadata.uid };
  }

  /** Most recent last. */
  async function eventsOf(name: string): Promise<EventBody[]> {
    const text = await kubectl('get', 'events', '--field-selector', `involvedObject.name=${name}`, '-o', 'json');
    const { items } = JSON.parse(text) as { items: EventBody[] };
    return items.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  it('kubectl describe shows them with their counts', async () => {
    const web = await service('web');
    for (let times = 0; times < 3; times++) {
      recorder.record(web, 'Warning', 'SyncLoadBalancerFailed', 'no subnets: tag some');
      await recorder.flush();
    }
    recorder.record(web, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer');
    await recorder.flush();
    expect(errors).toEqual([]);
    const [failed, ensured, ...more] = await eventsOf('web');
    expect(failed).toMatchObject({ count: 3, type: 'Warning', reportingComponent: 'sluice-controller' });
    expect(ensured).toMatchObject({
      count: 1,
      type: 'Normal',
      source: { component: 'sluice-controller', host: 'pod-1' },
    });
    expect(more).toEqual([]);
    const described = await kubectl('describe', 'service', 'web');
    expect(described).toMatch(
      /Warning +SyncLoadBalancerFailed +\S+ \(x3 over \S+\) +sluice-controller +no subnets: tag some/,
    );
    expect(described).toMatch(/Normal +EnsuredLoadBalancer +\S+ +sluice-controller +Ensured load balancer/);
  });

  it('many different messages become one', async () => {
    const noisy = await service('noisy');
    for (let index = 1; index <= 15; index++) {
      recorder.record(noisy, 'Warning', 'SyncLoadBalancerFailed', `request id ${index}`);
      await recorder.flush();
    }
    expect(errors).toEqual([]);
    const events = await eventsOf('noisy');
    expect(events).toHaveLength(11);
    expect(events.at(-1)).toMatchObject({ count: 5, message: '(combined from similar events): request id 15' });
    expect(await kubectl('get', 'events')).toMatch(/combined from similar events/);
  });

  it('an event that is gone from the server is written anew', async () => {
    const gone = await service('gone');
    recorder.record(gone, 'Normal', 'Synced', 'ok');
    await recorder.flush();
    const [event] = await eventsOf('gone');
    await client.request('DELETE', `/api/v1/namespaces/default/events/${event?.metadata.name}`);
    recorder.record(gone, 'Normal', 'Synced', 'ok');
    await recorder.flush();
    expect(errors).toEqual([]);
    expect(await eventsOf('gone')).toMatchObject([{ count: 2, message: 'ok' }]);
  });

  it('cluster-scoped objects have theirs in the default namespace', async () => {
    const node = await client.request<Service>('POST', '/api/v1/nodes', { body: { metadata: { name: 'node-1' } } });
    const reference = { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: node.metadata.uid };
    recorder.record(reference, 'Warning', 'NoProviderID', 'left out');
    await recorder.flush();
    expect(errors).toEqual([]);
    expect(await kubectl('describe', 'node', 'node-1')).toMatch(/Warning +NoProviderID .* left out/);
  });
});
