import { Agent, request as httpsRequest } from 'node:https';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { StatusError } from '../../../src/cluster/api/status.ts';
import { type PatchKind, patchObject } from '../../../src/cluster/patch/patch.ts';
import { kindSchema } from '../../../src/cluster/schema/schema.ts';
import type { KubeAccess } from '../../tools/control-plane.ts';

/** An answer without what two writes of the same object differ in. */
export interface Answer {
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- any object of the API
  body: any;
}

const TYPES: Record<PatchKind, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

/** kube-apiserver closes the connection where it panics. */
export const PANIC = 'This request caused apiserver to panic. Look in the logs for details.';

export class RealServer {
  readonly #access: KubeAccess;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(access: KubeAccess) {
    this.#access = access;
  }

  close(): void {
    this.#agent.destroy();
  }

  send(method: string, path: string, body: unknown, type = 'application/json'): Promise<Answer> {
    const { url, token, ca } = this.#access;
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': type };
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(new URL(path, url), { method, agent: this.#agent, ca, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('error', reject).on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }));
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ECONNRESET') reject(error);
        else resolve({ status: 500, body: { message: PANIC } });
      });
      sent.end(JSON.stringify(body));
    });
  }

  /** A patch that changes nothing. */
  async patch(path: string, kind: PatchKind, patch: unknown): Promise<Answer> {
    return shown(await this.send('PATCH', `${path}?dryRun=All&fieldValidation=Ignore`, patch, TYPES[kind]));
  }

  /** A PUT that changes nothing: the server fills in and checks the object as it does after a patch. */
  async put(path: string, object: unknown): Promise<Answer> {
    return shown(await this.send('PUT', `${path}?dryRun=All&fieldValidation=Ignore`, object));
  }
}

function shown({ status, body }: Answer): Answer {
  if (status >= 300) return { status, body: { message: body.message, reason: body.reason } };
  const { managedFields: _, ...metadata } = body.metadata;
  return { status, body: { ...body, metadata } };
}

/** What our patch makes of the live object, finished by the server; or our own error. */
export async function ours(
  server: RealServer,
  path: string,
  live: KubeObject,
  kind: PatchKind,
  patch: unknown,
): Promise<Answer> {
  const [group = '', version = ''] = live.apiVersion.includes('/') ? live.apiVersion.split('/') : ['', live.apiVersion];
  const schema = kindSchema(group, version, live.kind);
  try {
    return await server.put(path, patchObject(kind, live, patch, schema, 'Ignore'));
  } catch (error) {
    if (error instanceof StatusError) {
      return { status: error.code, body: { message: error.message, reason: error.reason || undefined } };
    }
    throw error;
  }
}

export const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'web',
    labels: { app: 'web', tier: 'front' },
    annotations: { note: 'a', 'example.com/x': 'b' },
    finalizers: ['example.com/one', 'example.com/two', 'example.com/three'],
  },
  spec: {
    selector: { app: 'web', tier: 'front' },
    externalIPs: ['192.0.2.1', '192.0.2.2'],
    ports: [
      { name: 'http', port: 80, targetPort: 8080 },
      { name: 'https', port: 443, targetPort: 'tls' },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
  },
};

const CONTAINER = {
  name: 'main',
  image: 'example.com/main:1',
  command: ['run', '--fast'],
  env: [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
    { name: 'C', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  ],
  ports: [
    { name: 'http', containerPort: 8080 },
    { name: 'tls', containerPort: 8443 },
  ],
  resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } },
  volumeMounts: [
    { name: 'data', mountPath: '/data' },
    { name: 'config', mountPath: '/etc/config', readOnly: true },
  ],
};

const POD_SPEC = {
  containers: [
    CONTAINER,
    { name: 'side', image: 'example.com/side:1' },
    { name: 'third', image: 'example.com/third:1' },
  ],
  volumes: [
    { name: 'data', emptyDir: {} },
    { name: 'config', configMap: { name: 'settings' } },
  ],
  nodeSelector: { zone: 'a' },
  tolerations: [{ key: 'k', operator: 'Exists' }],
  imagePullSecrets: [{ name: 'one' }, { name: 'two' }],
};

export const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } },
    template: { metadata: { labels: { app: 'web', v: '1' } }, spec: POD_SPEC },
  },
};

export const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { app: 'web' }, finalizers: ['example.com/one'] },
  spec: { ...POD_SPEC, serviceAccountName: '' },
};

export const CONFIG_MAP = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'settings',
    labels: { a: '1' },
    ownerReferences: [
      { apiVersion: 'v1', kind: 'Node', name: 'x', uid: 'u1' },
      { apiVersion: 'v1', kind: 'Node', name: 'y', uid: 'u2' },
    ],
  },
  data: { one: '1', two: 'two\nlines', constructor: 'c' },
  binaryData: { raw: 'AAEC' },
};

export const SAMPLES = {
  services: { object: SERVICE, root: '/api/v1/namespaces/default/services' },
  deployments: { object: DEPLOYMENT, root: '/apis/apps/v1/namespaces/default/deployments' },
  pods: { object: POD, root: '/api/v1/namespaces/default/pods' },
  configmaps: { object: CONFIG_MAP, root: '/api/v1/namespaces/default/configmaps' },
};
