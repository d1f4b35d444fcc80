import { request as httpsRequest } from 'node:https';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { StatusError } from '../../../src/cluster/api/status.ts';
import { RbacIndex } from '../../../src/cluster/auth/rbac-index.ts';
import type { KubeAccess, KubeAnswer } from '../../tools/control-plane.ts';

export type SentHeaders = Record<string, string | string[]>;

/** One request with headers of the test's own; authorization '' sends no token. */
export function send(
  access: KubeAccess,
  method: string,
  path: string,
  headers: SentHeaders,
  body?: unknown,
): Promise<KubeAnswer & { warning: string | undefined }> {
  const own = {
    authorization: `Bearer ${access.token}`,
    accept: 'application/json',
    'content-type': 'application/json',
  };
  const all: SentHeaders = { ...own, ...headers };
  if (all['authorization'] === '') delete all['authorization'];
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(new URL(access.url + path), { method, agent: false, ca: access.ca, headers: all });
    sent.on('error', reject).on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('error', reject).on('end', () => {
        const json = answer.headers['content-type']?.startsWith('application/json');
        const warning = answer.headers['warning'];
        resolve({ status: answer.statusCode ?? 0, body: json && text ? JSON.parse(text) : text, warning });
      });
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export const RBAC_PATH = '/apis/rbac.authorization.k8s.io/v1';

/** Everything of RBAC that the server holds, in an index of ours. */
export async function indexOf(access: KubeAccess): Promise<RbacIndex> {
  const index = new RbacIndex();
  for (const kind of ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']) {
    const { body } = await send(access, 'GET', `${RBAC_PATH}/${kind.toLowerCase()}s`, {});
    for (const item of body.items) index.set({ ...(item as KubeObject), kind });
  }
  return index;
}

/** What `run` answers or throws, as a status and a body. */
export function answerOf(success: number, run: () => unknown): { status: number; body: unknown } {
  try {
    return { status: success, body: run() };
  } catch (error) {
    if (error instanceof StatusError) return { status: error.code, body: error.status };
    throw error;
  }
}

/** Creates an object, which has to work. */
export async function make(access: KubeAccess, path: string, object: object): Promise<KubeObject> {
  const { status, body } = await send(access, 'POST', path, {}, object);
  if (status !== 201) throw new Error(`POST ${path}: ${status} ${JSON.stringify(body)}`);
  return body as KubeObject;
}
