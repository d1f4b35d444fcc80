/** What kube-apiserver serves and this server does not: a 404 that says so, where a plain one leaves a client guessing. Pure. */
import { StatusError } from '../api/status.ts';

/** API groups of which nothing is here. */
const GROUPS = new Set([
  'admissionregistration.k8s.io',
  'apiregistration.k8s.io',
  'certificates.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'node.k8s.io',
  'resource.k8s.io',
]);

/** Resources of the groups that are here, by group. */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  '': ['bindings', 'componentstatuses', 'persistentvolumes', 'podtemplates'],
  'storage.k8s.io': ['csidrivers', 'csistoragecapacities', 'volumeattachments', 'volumeattributesclasses'],
};

export interface Asked {
  group: string;
  version: string;
  resource: string;
}

/** The 404 for what this server is known not to have; undefined when it is nothing that it knows of. */
export function absent(
  { group, version, resource }: Asked,
  isDefined: (name: string) => boolean,
): StatusError | undefined {
  const name = group ? `${resource}.${group}` : resource;
  if (isDefined(name)) {
    return refusal(
      `${name}: the embedded API server stores CustomResourceDefinitions and does not serve what they define`,
    );
  }
  const missing = GROUPS.has(group) || RESOURCES[group]?.includes(resource);
  return missing ? refusal(`${name} in ${version} is not part of the embedded API server`) : undefined;
}

const refusal = (message: string) => new StatusError(404, 'NotFound', message, {});
