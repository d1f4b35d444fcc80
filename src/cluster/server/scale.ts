/** The `scale` subresource (`autoscaling/v1` Scale): a small view of a workload that `kubectl scale` and autoscalers use. */
import { invalid } from '../api/field-error.ts';
import type { KubeObject, ManagedFieldsEntry } from '../api/object.ts';
import { invalidError, notFoundError } from '../api/status.ts';
import { applyScale, trackScale } from '../fields/scale.ts';
import { COLUMNS, DEFAULT_COLUMNS } from '../kinds/columns/index.ts';
import { patchObject, type PatchKind } from '../patch/patch.ts';
import type { Served } from '../registry/kinds.ts';
import { normaliseObject } from '../schema/decode.ts';
import { kindSchema } from '../schema/schema.ts';
import { selectorText } from '../selectors/label-selector.ts';
import { readBody } from './body.ts';
import type { Context } from './context.ts';
import { decodeBody } from './decode-body.ts';
import { CONTENT_TYPES, encodeItem } from './encode.ts';
import { managerOf, writeQuery } from './options.ts';
import { patchKindOf, readApplied, readPatch } from './patching.ts';
import { send } from './respond.ts';

const SCALE = {
  group: 'autoscaling',
  version: 'v1',
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  get schema() {
    return kindSchema('autoscaling', 'v1', 'Scale');
  },
};

/** The Scale of a workload. */
export function scaleOf(object: KubeObject): KubeObject {
  const { name = '', namespace = '', uid = '', resourceVersion = '', creationTimestamp = '' } = object.metadata;
  const selector = object['spec']?.selector;
  // A ReplicationController's selector is plain labels.
  const text =
    object.kind === 'ReplicationController' ? selectorText({ matchLabels: selector }) : selectorText(selector);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { ...(object['spec']?.replicas && { replicas: object['spec'].replicas }) },
    status: { replicas: object['status']?.replicas ?? 0, ...(text && { selector: text }) },
  };
}

function sendScale(context: Context, kind: Served, object: KubeObject): void {
  const { request, response, media, warnings, registry } = context;
  const scale = scaleOf(object);
  const { namespace = '', name = '' } = scale.metadata;
  const item = {
    key: `${namespace}/${name}`,
    namespace,
    name,
    revision: 0,
    object: scale,
    text: JSON.stringify(scale),
    encoded: new Map(),
  };
  const columns = COLUMNS['autoscaling/Scale'] ?? DEFAULT_COLUMNS;
  const view = {
    ...kind,
    ...SCALE,
    columns,
    storedAs: undefined as never,
    schema: SCALE.schema,
    listSchema: SCALE.schema,
  };
  const body = encodeItem(item, view, media, 'Metadata', registry.clock.now());
  send(request, response, 200, CONTENT_TYPES[media.type], body, warnings);
}

export function getScale(context: Context, kind: Served): void {
  const { registry, info } = context;
  sendScale(context, kind, registry.get(kind, info.namespace, info.name).object);
}

/** PUT or PATCH of a Scale: changes the workload's replicas. */
export async function writeScale(context: Context, kind: Served): Promise<void> {
  const { registry, info, request, warnings, query } = context;
  const body = await readBody(request);
  const patching = request.method === 'PATCH';
  const how = patching ? patchKindOf(request) : 'put';
  const options = writeQuery(query, patching ? 'PatchOptions' : 'UpdateOptions', how === 'apply');
  const manager = managerOf(options.fieldManager, request.headers['user-agent']);
  const write = { manager, now: registry.time(), apiVersion: kind.apiVersion };
  /** The Scale after the write, and the workload's managedFields. */
  const change = (live: KubeObject): { scale: KubeObject; managedFields: ManagedFieldsEntry[] | undefined } => {
    const before = normaliseObject(scaleOf(live), SCALE.schema);
    if (how === 'apply') {
      const { value } = readApplied(body);
      return applyScale(live, before, value as unknown as KubeObject, { ...write, force: options.force });
    }
    const scale =
      how === 'put'
        ? decodeBody(body, request.headers['content-type'], SCALE, options.fieldValidation, warnings.add)
        : normaliseObject(patchedScale(how, body, before), SCALE.schema);
    return { scale, managedFields: trackScale(live, before, scale, write) };
  };
  const result = registry.update(
    kind,
    info.namespace,
    info.name,
    (live) => {
      if (!live) throw notFoundError({ group: kind.group, name: `${kind.resource}/scale` }, info.name);
      const { scale, managedFields } = change(live);
      const replicas: number = scale['spec']?.replicas ?? 0;
      if (replicas < 0) {
        const error = invalid('spec.replicas', replicas, 'must be greater than or equal to 0');
        throw invalidError({ group: 'autoscaling', name: 'Scale' }, info.name, [error]);
      }
      const metadata = { ...live.metadata, resourceVersion: scale.metadata.resourceVersion ?? '' };
      if (managedFields) metadata.managedFields = managedFields;
      return { ...structuredClone(live), metadata, spec: { ...live['spec'], replicas } };
    },
    { dryRun: options.dryRun, warn: warnings.add, subresource: '' },
  );
  sendScale(context, kind, result.object);
}

function patchedScale(how: PatchKind, body: Buffer, before: KubeObject): KubeObject {
  return patchObject(how, before, readPatch(body).value, SCALE.schema) as unknown as KubeObject;
}
