/** `pods/NAME/binding`: the pod gets its node, once (kubernetes `pkg/registry/core/pod/storage/storage.go`, BindingREST). */
import { goQuote, invalid, lines, notSupported, required } from '../api/field-error.ts';
import type { KubeObject } from '../api/object.ts';
import { badRequest, conflict, StatusError } from '../api/status.ts';
import { otherUid, otherVersion, storageError } from '../registry/errors.ts';
import type { Served } from '../registry/kinds.ts';
import { assigned, topologyOf } from '../scheduling/bind.ts';
import { normaliseObject } from '../schema/decode.ts';
import { isDns1123Subdomain } from '../validation/names.ts';
import { readBody } from './body.ts';
import type { Context } from './context.ts';
import { decodeBody } from './decode-body.ts';
import { CONTENT_TYPES, encodeStatus } from './encode.ts';
import { writeQuery } from './options.ts';
import { send } from './respond.ts';
import { admit, expectedOf } from './special.ts';

export async function bindPod(context: Context, kind: Served): Promise<void> {
  const { request, response, query, info, registry, media, warnings } = context;
  const body = await readBody(request);
  const options = writeQuery(query, 'CreateOptions');
  const expected = expectedOf('', 'v1', 'Binding');
  const binding = decodeBody(body, request.headers['content-type'], expected, options.fieldValidation, warnings.add);
  admit(context, kind);
  const { namespace, name } = info;
  if (binding.metadata?.name !== name) throw badRequest('name in URL does not match name in Binding object');
  const errors = validateTarget(binding['target'] ?? {});
  if (errors.length > 0) throw new StatusError(500, '', lines(errors));
  const { object: pod } = registry.get(kind, namespace, name);
  requireUnbound(kind, pod, binding);
  const node = registry.store.get('nodes', '', binding['target'].name)?.object;
  const labels = { ...binding.metadata.labels, ...(binding['target'].kind === 'Node' && topologyOf(node)) };
  const { annotations } = binding.metadata;
  const change = { node: binding['target'].name, labels, annotations, time: registry.time() };
  // Not an update as others are: it has a field manager no more than the scheduler's own.
  const put = normaliseObject(assigned(pod, change), kind.schema);
  if (!options.dryRun) registry.store.commit([{ resource: 'pods', put }]);
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  send(request, response, 201, CONTENT_TYPES[media.type], encodeStatus(status, media), warnings);
}

/** As ValidatePodBinding. */
function validateTarget({ kind = '', name = '' }: { kind?: string; name?: string }) {
  return [
    ...(kind && kind !== 'Node' ? [notSupported('target.kind', kind, ['Node', '<empty>'])] : []),
    ...(name === '' ? [required('target.name')] : []),
    ...(name !== '' && (!kind || kind === 'Node')
      ? isDns1123Subdomain(name).map((why) => invalid('target.name', name, why))
      : []),
  ];
}

/** @throws StatusError when the pod is not as the binding wants it, or may not be bound. */
function requireUnbound(kind: Served, { metadata, spec }: KubeObject, { metadata: wanted }: KubeObject): void {
  const { name = '', namespace = '', uid = '', resourceVersion = '' } = metadata;
  const stale = (why: string) => conflict({ group: '', name: 'pods' }, name, storageError(kind, namespace, name, why));
  if (wanted.uid && wanted.uid !== uid) throw stale(otherUid(wanted.uid, uid));
  if (wanted.resourceVersion && wanted.resourceVersion !== resourceVersion) {
    throw stale(otherVersion(wanted.resourceVersion, resourceVersion));
  }
  const refuse = (why: string) => conflict({ group: '', name: 'pods/binding' }, name, `pod ${name} ${why}`);
  if (metadata.deletionTimestamp) throw refuse('is being deleted, cannot be assigned to a host');
  if (spec?.nodeName) throw refuse(`is already assigned to node ${goQuote(spec.nodeName)}`);
  if ((spec?.schedulingGates ?? []).length > 0) throw refuse('has non-empty .spec.schedulingGates');
}
