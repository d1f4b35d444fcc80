import { apiVersion, type Kind, resourceName, type Strategy } from '../kinds/kind.ts';
import { COLUMNS } from '../kinds/columns/index.ts';
import { STRATEGIES } from '../kinds/strategies/index.ts';
import { podGracePeriod } from '../kinds/strategies/pods.ts';
import { KINDS } from '../kinds/table.ts';
import { IP_ADDRESS, SERVICE, SERVICE_CIDR } from '../service/strategies.ts';
import { kindSchema, type StructSchema } from '../schema/schema.ts';

/** A kind with everything that belongs to it. */
export interface Served extends Kind {
  apiVersion: string;
  /** `services`, `deployments.apps`. */
  qualified: string;
  /** Under which name the store keeps it. */
  stored: string;
  schema: StructSchema;
  listSchema: StructSchema;
}

/** Kinds whose semantics are Service networking's own. */
const NETWORK: Readonly<Record<string, Strategy>> = {
  '/Service': SERVICE,
  'networking.k8s.io/ServiceCIDR': SERVICE_CIDR,
  'networking.k8s.io/IPAddress': IP_ADDRESS,
};

function served(kind: Kind): Served {
  const id = `${kind.group}/${kind.kind}`;
  const columns = COLUMNS[id];
  const strategy = NETWORK[id] ?? STRATEGIES[id];
  return {
    ...kind,
    ...(columns && { columns }),
    ...(strategy && { strategy }),
    ...(id === '/Pod' && { gracePeriod: podGracePeriod }),
    apiVersion: apiVersion(kind),
    qualified: resourceName(kind),
    stored: kind.storedAs ?? resourceName(kind),
    // Compiled when first asked for: most of a start's time otherwise.
    get schema() {
      return kindSchema(kind.group, kind.version, kind.kind);
    },
    get listSchema() {
      return kindSchema(kind.group, kind.version, `${kind.kind}List`);
    },
  };
}

export const SERVED: readonly Served[] = KINDS.map(served);

const byResource = new Map(SERVED.map((kind) => [`${kind.group}/${kind.version}/${kind.resource}`, kind]));
const byKind = new Map(SERVED.map((kind) => [`${kind.apiVersion}/${kind.kind}`, kind]));
const byStored = new Map(SERVED.filter((kind) => !kind.storedAs).map((kind) => [kind.stored, kind]));

export const findResource = (group: string, version: string, resource: string): Served | undefined =>
  byResource.get(`${group}/${version}/${resource}`);

/** By `apps/v1` and `Deployment`. */
export const findKind = (version: string, kind: string): Served | undefined => byKind.get(`${version}/${kind}`);

/** By the store's name: `deployments.apps`. */
export function storedKind(name: string): Served {
  const kind = byStored.get(name);
  if (!kind) throw new Error(`no kind is stored as ${name}`);
  return kind;
}
