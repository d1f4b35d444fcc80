import { Agent, request } from 'node:https';
import { apiVersion, type Kind } from '../../../src/cluster/kinds/kind.ts';
import { KINDS } from '../../../src/cluster/kinds/table.ts';
import type { KubeAccess, KubeAnswer } from '../../tools/control-plane.ts';

/** A Table as JSON. */
export interface Table {
  columnDefinitions: object[];
  // oxlint-disable-next-line typescript/no-explicit-any -- any object of the API
  rows: { cells: unknown[]; conditions?: object[]; object: any }[];
}

/** Where a kind is served. */
export const root = (kind: Pick<Kind, 'group' | 'version'>): string =>
  kind.group ? `/apis/${apiVersion(kind)}` : '/api/v1';

/** The path of a kind's objects, in a namespace when it has them; of one object with its name. */
export function pathOf(kind: Kind, name?: string, namespace = 'default'): string {
  const scope = kind.namespaced ? `/namespaces/${namespace}` : '';
  return `${root(kind)}${scope}/${kind.resource}${name === undefined ? '' : `/${name}`}`;
}

/** A kind of the registry by `group/Kind`. */
export function kindOf(id: string): Kind {
  const found = KINDS.find((kind) => `${kind.group}/${kind.kind}` === id);
  if (!found) throw new Error(`no kind ${id}`);
  return found;
}

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

/** Hundreds of requests are made: on connections that stay open. */
const agent = new Agent({ keepAlive: true, maxSockets: 4 });

/** What a GET gives back, errors included. */
export function getJson(access: KubeAccess, path: string, accept = 'application/json'): Promise<KubeAnswer> {
  const headers = { authorization: `Bearer ${access.token}`, accept };
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, access.url), { agent, ca: access.ca, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('error', reject).on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }));
    });
    sent.on('error', reject).end();
  });
}

/** Asks for a table whose rows hold whole objects. */
export async function getTable(access: KubeAccess, path: string): Promise<Table> {
  const { status, body } = await getJson(access, `${path}?includeObject=Object`, TABLE);
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.message}`);
  return body;
}
