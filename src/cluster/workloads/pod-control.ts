/** Pods that controllers make and delete, and the events of it (kubernetes `pkg/controller/controller_utils.go`, `RealPodControl`). */
import type { KubeObject } from '../api/object.ts';
import { StatusError } from '../api/status.ts';
import { recordEvent } from '../controllers/events.ts';
import { createAs, MANAGER } from '../controllers/writes.ts';
import { storedKind } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';
import { isDns1123Subdomain } from '../validation/names.ts';
import { controllerReference } from '../api/pods.ts';

/** A pod of a workload's template, not yet stored. Pure. */
export function podFromTemplate(owner: KubeObject, template: Partial<KubeObject>): KubeObject {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const { name = '', namespace = '' } = owner.metadata;
  const prefix = `${name}-`;
  // The dash is the first to go when the name is too long.
  const generateName = isDns1123Subdomain(`${prefix}x`).length === 0 ? prefix : name;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName,
      namespace,
      ...(labels && { labels: { ...labels } }),
      ...(annotations && { annotations: { ...annotations } }),
      ...(finalizers && { finalizers: [...finalizers] }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: structuredClone(template['spec'] ?? {}),
  };
}

/** Whether something was refused because its namespace is going: nothing is to be done then. */
export const namespaceGoing = ({ details }: StatusError): boolean => {
  const causes = details?.['causes'] as readonly { reason?: string }[] | undefined;
  return causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false;
};

/** Creates a pod for its owner. Gives the error when it was refused, undefined also where the namespace is going. */
export function createPod(
  registry: Registry,
  component: string,
  owner: KubeObject,
  pod: KubeObject,
): StatusError | undefined {
  try {
    const { metadata } = createAs(registry, MANAGER, pod);
    recordEvent(registry, component, owner, 'Normal', 'SuccessfulCreate', `Created pod: ${metadata.name}`);
    return undefined;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (namespaceGoing(error)) return undefined;
    recordEvent(registry, component, owner, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
    return error;
  }
}

/** Deletes a pod of an owner, with the grace that the pod asks for. Gives the error when it was refused. */
export function deletePod(
  registry: Registry,
  component: string,
  owner: KubeObject,
  { metadata: { namespace = '', name = '' } }: KubeObject,
): StatusError | undefined {
  try {
    registry.delete(storedKind('pods'), namespace, name, {}, { dryRun: false });
    recordEvent(registry, component, owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    return undefined;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (error.reason === 'NotFound') return undefined;
    recordEvent(registry, component, owner, 'Warning', 'FailedDelete', `Error deleting: ${error.message}`);
    return error;
  }
}
