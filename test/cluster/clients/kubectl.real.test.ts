import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeWith } from '../../support/requirements.ts';
import type { ControlPlane } from '../../tools/control-plane.ts';
import { startEmbeddedCluster } from '../../tools/embedded-cluster.ts';
import { type Kubectl, kubectlFor } from './kubectl.ts';

const WEB = `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: 8080}
  - {name: dns, port: 53, protocol: UDP}
`;

describeWith(['kubectl'], 'kubectl in daily use', () => {
  let cluster: ControlPlane;
  let kubectl: Kubectl;
  let dir = '';

  /** What it printed, when it went well. */
  const ok = async (words: string | readonly string[], input?: string): Promise<string> => {
    const { code, out, err } = await kubectl(words, input);
    expect({ words, code, err: code === 0 ? '' : err }).toEqual({ words, code: 0, err: '' });
    return out;
  };
  const json = async (words: string) => JSON.parse(await ok(`${words} -o json`));
  /** Makes a namespace for one test. */
  const inNamespace = async (name: string): Promise<string> => {
    await ok(`create namespace ${name}`);
    return `-n ${name}`;
  };

  beforeAll(async () => {
    cluster = await startEmbeddedCluster({ controllerManager: true });
    ({ dir } = cluster);
    kubectl = kubectlFor(cluster.kubeconfig, join(dir, 'kubectl'));
  });
  afterAll(() => cluster?.stop());

  test('knows the server and its resources', async () => {
    expect(await ok('version')).toMatch(/Server Version: v1\.37\.2/);
    const resources = await ok('api-resources --no-headers');
    for (const line of [
      /^services +svc +v1 +true +Service$/m,
      /^deployments +deploy +apps\/v1 +true +Deployment$/m,
      /^servicecidrs +networking\.k8s\.io\/v1 +false +ServiceCIDR$/m,
    ]) {
      expect(resources).toMatch(line);
    }
    expect(await ok('api-versions')).toContain('discovery.k8s.io/v1\n');
    expect(await ok('cluster-info')).toContain(cluster.url);
    expect(await ok('explain service.spec.ports.nodePort')).toMatch(/FIELD: nodePort <integer>/);
    expect(await ok('explain service.spec --recursive')).toMatch(/^ +enum: SCTP, TCP, UDP$/m);
    expect(await ok('explain service --output plaintext-openapiv2')).toMatch(/^KIND: +Service$/m);
  });

  test('gets in every form', async () => {
    const ns = await inNamespace('forms');
    await ok(`${ns} create -f -`, WEB);
    const row = /^web +ClusterIP +10\.96\.\d+\.\d+ +<none> +80\/TCP,53\/UDP +\d+s$/m;
    expect(await ok(`${ns} get svc`)).toMatch(row);
    expect(await ok(`${ns} get svc -o wide`)).toMatch(
      /^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE +SELECTOR$/m,
    );
    expect(await ok(`${ns} get svc web -o name`)).toBe('service/web\n');
    expect(parse(await ok(`${ns} get svc web -o yaml`)).spec.ports[0]).toEqual({
      name: 'http',
      port: 80,
      protocol: 'TCP',
      targetPort: 8080,
    });
    expect((await json(`${ns} get svc`)).items).toHaveLength(1);
    expect(await ok([...ns.split(' '), 'get', 'svc', '-o', 'jsonpath={.items[0].spec.ports[1].port}'])).toBe('53');
    expect(
      await ok([...ns.split(' '), 'get', 'svc', '-o', 'go-template={{range .items}}{{.metadata.name}}{{end}}']),
    ).toBe('web');
    expect(await ok(`${ns} get svc -o custom-columns=N:.metadata.name,P:.spec.ports[*].port`)).toMatch(/^web +80,53$/m);
    expect(await ok(`${ns} get svc -A --field-selector metadata.name=web`)).toMatch(/^forms +web /m);
    expect(await ok(`${ns} get svc -l nothing=here`)).toBe('');
    expect(await ok(`${ns} get svc --show-labels --sort-by .metadata.name`)).toMatch(/<none>$/m);
    expect((await kubectl(`${ns} get svc nowhere`)).err).toBe(
      'Error from server (NotFound): services "nowhere" not found\n',
    );
  });

  test('gets a scale as a table, and is warned of what is deprecated', async () => {
    const ns = await inNamespace('shown');
    await ok(`${ns} create deployment web --image=nginx --replicas=3`);
    expect(await ok(`${ns} get deployment web --subresource=scale`)).toMatch(
      /^NAME +DESIRED +AVAILABLE +AGE\nweb +3 +0 +\d+s\n$/,
    );
    expect((await kubectl(`${ns} get endpoints`)).err).toMatch(
      /^Warning: v1 Endpoints is deprecated in v1\.33\+; use discovery\.k8s\.io\/v1 EndpointSlice\n/,
    );
  });

  test('describes', async () => {
    const ns = await inNamespace('described');
    await ok(`${ns} create -f -`, WEB);
    const text = await ok(`${ns} describe service web`);
    expect(text).toMatch(/^Type: +ClusterIP$/m);
    expect(text).toMatch(/^IP Families: +IPv4$/m);
    expect(text).toMatch(/^Port: +http +80\/TCP$/m);
    expect(await ok('describe namespace described')).toMatch(/^Status: +Active$/m);
    await ok(`${ns} create deployment web --image=nginx`);
    expect(await ok(`${ns} describe deployment web`)).toMatch(/^StrategyType: +RollingUpdate$/m);
  });

  test('creates, exposes, scales, sets images', async () => {
    const ns = await inNamespace('workloads');
    await ok(`${ns} create deployment web --image=nginx:1 --replicas=2 --port=80`);
    expect(await ok(`${ns} expose deployment web --type=LoadBalancer --port=8080 --target-port=80`)).toBe(
      'service/web exposed\n',
    );
    const service = await json(`${ns} get service web`);
    expect(service.spec).toMatchObject({
      type: 'LoadBalancer',
      selector: { app: 'web' },
      allocateLoadBalancerNodePorts: true,
    });
    expect(service.spec.ports[0].nodePort).toBeGreaterThanOrEqual(30_000);
    await ok(`${ns} scale deployment web --replicas=5`);
    await ok(`${ns} set image deployment/web nginx=nginx:2`);
    const deployment = await json(`${ns} get deployment web`);
    expect([
      deployment.spec.replicas,
      deployment.spec.template.spec.containers[0].image,
      deployment.metadata.generation,
    ]).toEqual([5, 'nginx:2', 3]);
    expect((await kubectl(`${ns} scale deployment web --replicas=9 --current-replicas=2`)).err).toMatch(
      /Expected replicas to be 2, was 5/,
    );
    await ok(`${ns} set env deployment/web A=1`);
    expect(await ok(`${ns} set env deployment/web --list`)).toContain('A=1');
    await ok(`${ns} create configmap settings --from-literal=a=b`);
    await ok(`${ns} create secret generic keys --from-literal=a=b`);
    expect(await ok([...ns.split(' '), 'get', 'secret', 'keys', '-o', 'jsonpath={.type} {.data.a}'])).toBe(
      'Opaque Yg==',
    );
    await ok(`${ns} create service nodeport np --tcp=80:8080`);
    await ok(`${ns} create service externalname away --external-name example.com`);
    expect(await ok(`${ns} get svc away`)).toMatch(/^away +ExternalName +<none> +example\.com +<none>/m);
  });

  test('applies, on the client and on the server', async () => {
    const ns = await inNamespace('applied');
    expect(await ok(`${ns} apply -f -`, WEB)).toBe('service/web created\n');
    expect(await ok(`${ns} apply -f -`, WEB)).toBe('service/web unchanged\n');
    expect(await ok(`${ns} apply -f -`, WEB.replace('8080', '9090'))).toBe('service/web configured\n');
    const service = await json(`${ns} get svc web`);
    expect(service.spec.ports.map((port: { targetPort: number }) => port.targetPort)).toEqual([9090, 53]);
    // A port that the manifest has no more goes.
    const fewer = WEB.split('\n')
      .filter((line) => !line.includes('dns'))
      .join('\n');
    await ok(`${ns} apply -f -`, fewer);
    expect((await json(`${ns} get svc web`)).spec.ports).toHaveLength(1);
    expect(await ok(`${ns} diff -f -`, fewer)).toBe('');
    await ok(`${ns} delete svc web`);
    expect(await ok(`${ns} apply --server-side -f -`, WEB)).toBe('service/web serverside-applied\n');
    const conflict = await kubectl(`${ns} apply --server-side --field-manager other -f -`, WEB.replace('8080', '9090'));
    expect(conflict.err).toMatch(
      /Apply failed with 1 conflict: conflict with "kubectl": \.spec\.ports\[port=80,protocol="TCP"\]\.targetPort/,
    );
    await ok(`${ns} apply --server-side --field-manager other --force-conflicts -f -`, WEB.replace('8080', '9090'));
    const managed = await json(`${ns} get svc web --show-managed-fields`);
    expect(managed.metadata.managedFields.map((one: { manager: string }) => one.manager).sort()).toEqual([
      'kubectl',
      'other',
    ]);
  });

  test('patches in all three ways, labels, annotates, replaces, edits', async () => {
    const ns = await inNamespace('patched');
    const words = ns.split(' ');
    await ok(`${ns} create -f -`, WEB);
    await ok([...words, 'patch', 'svc', 'web', '-p', '{"spec":{"ports":[{"port":80,"targetPort":81}]}}']);
    expect((await json(`${ns} get svc web`)).spec.ports.map((port: { targetPort: number }) => port.targetPort)).toEqual(
      [81, 53],
    );
    await ok([...words, 'patch', 'svc', 'web', '--type=merge', '-p', '{"spec":{"sessionAffinity":"ClientIP"}}']);
    await ok([...words, 'patch', 'svc', 'web', '--type=json', '-p', '[{"op":"remove","path":"/spec/ports/1"}]']);
    const { spec } = await json(`${ns} get svc web`);
    expect([spec.sessionAffinityConfig.clientIP.timeoutSeconds, spec.ports.length]).toEqual([10_800, 1]);
    await ok(`${ns} label svc web tier=front`);
    expect((await kubectl(`${ns} label svc web tier=back`)).err).toMatch(/'tier' already has a value \(front\)/);
    await ok(`${ns} label svc web tier=back --overwrite`);
    await ok(`${ns} annotate svc web note=hello`);
    await ok(`${ns} label svc web tier-`);
    const { metadata } = await json(`${ns} get svc web`);
    expect([metadata.labels, metadata.annotations]).toEqual([undefined, { note: 'hello' }]);
    await ok(`${ns} replace -f -`, WEB);
    expect((await json(`${ns} get svc web`)).metadata.annotations).toBeUndefined();
    const script = join(dir, 'editor.sh');
    writeFileSync(script, '#!/bin/sh\nsed -i "s/targetPort: 8080/targetPort: 7070/" "$1"\n', { mode: 0o755 });
    process.env['KUBE_EDITOR'] = script;
    expect(await ok(`${ns} edit svc web`)).toBe('service/web edited\n');
    expect((await json(`${ns} get svc web`)).spec.ports[0].targetPort).toBe(7070);
  });

  test('refuses what upstream refuses, in its words', async () => {
    const ns = await inNamespace('refused');
    const http = await kubectl(`${ns} create -f -`, WEB.replace('protocol: UDP', 'protocol: HTTP'));
    expect(http.err).toBe(
      'The Service "web" is invalid: spec.ports[1].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"\n',
    );
    const unknown = await kubectl(`${ns} create -f -`, WEB.replace('selector:', 'selektor:'));
    expect(unknown.err).toMatch(/strict decoding error: unknown field "spec\.selektor"/);
    await ok(`${ns} create -f -`, WEB);
    expect((await kubectl(`${ns} create -f -`, WEB)).err).toMatch(/services "web" already exists/);
    const [one, two] = await Promise.all([json(`${ns} get svc web`), json(`${ns} get svc web`)]);
    one.metadata.annotations = { first: 'yes' };
    two.metadata.annotations = { second: 'yes' };
    await ok(`${ns} replace -f -`, JSON.stringify(one));
    expect((await kubectl(`${ns} replace -f -`, JSON.stringify(two))).err).toMatch(
      /the object has been modified; please apply your changes/,
    );
  });

  // For these kubectl reads Swagger 2 in protobuf before it sends anything.
  test('says what is wrong with lists and with kinds that there are not', async () => {
    const ns = await inNamespace('listed');
    const map = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    const items = [map('one'), { ...map('two'), kind: 'Service', spec: { ports: [] } }];
    const list = await kubectl(`${ns} create -f -`, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    expect(list).toEqual({
      code: 1,
      out: 'configmap/one created\n',
      err: 'The Service "two" is invalid: spec.ports: Required value\n',
    });
    const gizmo = JSON.stringify({ ...map('x'), apiVersion: 'example.com/v1', kind: 'Gizmo' });
    for (const verb of ['create', 'apply']) {
      expect((await kubectl(`${ns} ${verb} -f -`, gizmo)).err).toMatch(
        /^error: resource mapping not found for name: "x" namespace: "" from "STDIN": no matches for kind "Gizmo"/,
      );
    }
  });

  test('debugs a pod, and deletes one that never ran at once', async () => {
    const ns = await inNamespace('debugged');
    await ok(`${ns} run web --image=nginx`);
    await ok(`${ns} debug web --image=busybox --attach=false -c tools`);
    const { spec, metadata } = await json(`${ns} get pod web`);
    expect([spec.ephemeralContainers[0].name, metadata.generation]).toEqual(['tools', 2]);
    const patch = ['patch', 'pod', 'web', '--subresource=ephemeralcontainers', '-p'];
    const change = (container: object) =>
      kubectl([...ns.split(' '), ...patch, JSON.stringify({ spec: { ephemeralContainers: [container] } })]);
    expect((await change({ name: 'tools', image: 'other' })).err).toMatch(
      /^The Pod "web" is invalid: spec\.ephemeralContainers: Forbidden: existing ephemeral containers "tools" may not be changed/,
    );
    expect((await change({ name: 'web', image: 'x' })).err).toMatch(
      /spec\.ephemeralContainers\[0\]\.name: Duplicate value: "web"/,
    );
    await ok(`${ns} delete pod web --grace-period=60 --wait=false`);
    expect((await kubectl(`${ns} get pod web`)).err).toMatch(/pods "web" not found/);
  });

  test('deletes and waits, for finalizers and for namespaces', async () => {
    const ns = await inNamespace('deleted');
    const words = ns.split(' ');
    await ok(`${ns} create -f -`, WEB);
    await ok([
      ...words,
      'patch',
      'svc',
      'web',
      '--type=merge',
      '-p',
      '{"metadata":{"finalizers":["example.com/hold"]}}',
    ]);
    await ok(`${ns} delete svc web --wait=false`);
    expect((await json(`${ns} get svc web`)).metadata.deletionTimestamp).toBeDefined();
    const waiting = kubectl(`${ns} wait --for=delete svc/web --timeout=30s`);
    await ok([...words, 'patch', 'svc', 'web', '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
    expect((await waiting).code).toBe(0);
    await ok(`${ns} create deployment web --image=nginx`);
    expect((await kubectl(`${ns} wait --for=condition=Available deployment/web --timeout=1s`)).code).toBe(1);
    expect(await ok(`${ns} wait --for=create deployment/web --timeout=5s`)).toContain('condition met');
    await ok('delete namespace deleted --timeout=30s');
    expect((await kubectl('get namespace deleted')).err).toMatch(/namespaces "deleted" not found/);
    expect((await kubectl('delete namespace default')).err).toMatch(/this namespace may not be deleted/);
  });

  test('watches', async () => {
    const ns = await inNamespace('watched');
    const watching = kubectl(`${ns} get svc -w --output-watch-events --no-headers --request-timeout=4s`);
    await ok(`${ns} create -f -`, WEB);
    await ok(`${ns} delete svc web`);
    const { out } = await watching;
    expect(out.split('\n').map((line) => line.split(/ +/).slice(0, 2).join(' '))).toEqual([
      'ADDED web',
      'DELETED web',
      '',
    ]);
  });

  test('asks what it may do', async () => {
    const ns = await inNamespace('allowed');
    expect(await ok('auth can-i create services')).toBe('yes\n');
    await ok(`${ns} create serviceaccount reader`);
    await ok(`${ns} create role reads --verb=get,list --resource=services`);
    await ok(`${ns} create rolebinding reads --role=reads --serviceaccount=allowed:reader`);
    const as = '--as system:serviceaccount:allowed:reader';
    expect(await ok(`${ns} auth can-i list services ${as}`)).toBe('yes\n');
    expect((await kubectl(`${ns} auth can-i delete services ${as}`)).out).toBe('no\n');
    expect(await ok(`${ns} auth can-i --list ${as}`)).toMatch(/^services +\[\] +\[\] +\[get list\]$/m);
    await ok(`${ns} create -f -`, WEB);
    expect((await kubectl(`${ns} delete svc web ${as}`)).err).toMatch(
      /User "system:serviceaccount:allowed:reader" cannot delete resource "services" in API group "" in the namespace "allowed"/,
    );
    expect(await ok('auth whoami')).toMatch(/^Username +admin$/m);
    const token = (await ok(`${ns} create token reader`)).trim();
    expect(
      await ok(
        `${ns} get svc --token ${token} --kubeconfig /dev/null --server ${cluster.url} --insecure-skip-tls-verify`,
      ),
    ).toContain('web');
  });

  test('shows events', async () => {
    const ns = await inNamespace('eventful');
    await ok(`${ns} create -f -`, WEB);
    const { metadata } = await json(`${ns} get svc web`);
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { generateName: 'web.', namespace: 'eventful' },
      involvedObject: { apiVersion: 'v1', kind: 'Service', name: 'web', namespace: 'eventful', uid: metadata.uid },
      reason: 'Provisioned',
      message: 'a load balancer is there',
      type: 'Normal',
      lastTimestamp: new Date().toISOString(),
      source: { component: 'sluice' },
    };
    await ok(`${ns} create -f -`, JSON.stringify(event));
    expect(await ok(`${ns} get events`)).toMatch(/ Normal +Provisioned +service\/web +a load balancer is there$/m);
    expect(await ok(`${ns} events --for service/web`)).toMatch(/Provisioned/);
    expect(await ok(`${ns} describe svc web`)).toMatch(/Normal +Provisioned .*a load balancer is there/);
  });

  describe('what there is not', () => {
    test.each([
      ['logs web', /pods "web" not found|not part of the embedded API server/],
      ['get --raw /apis/nowhere/v1', /the server could not find the requested resource/],
      ['top nodes', /Metrics API not available/],
      ['get flowschemas', /the server doesn't have a resource type "flowschemas"/],
    ])('%s', async (words, message) => {
      expect((await kubectl(words)).err).toMatch(message);
    });
  });
});
