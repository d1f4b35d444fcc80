/** The `scale` subresource (`autoscaling/v1` Scale): a small view of a workload that `kubectl scale` and autoscalers use. */
import { invalid } from '../api/field-error.ts';
import type { JsonObject, KubeObject } from '../api/object.ts';
import { invalidError, StatusError, unsupportedMediaType } from '../api/status.ts';
import { trackUpdate } from '../fields/manager.ts';
import { patchObject, type PatchKind } from '../patch/patch.ts';
import type { Served } from '../registry/kinds.ts';
import { normalise } from '../schema/decode.ts';
import { parseJson } from '../schema/json.ts';
import { kindSchema } from '../schema/schema.ts';
import { selectorText } from '../selectors/label-selector.ts';
import { readBody } from './body.ts';
import type { Context } from './context.ts';
import { decodeBody, mediaType } from './decode-body.ts';
import { CONTENT_TYPES, encodeItem } from './encode.ts';
import { managerOf, writeQuery } from './options.ts';
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
  const view = { ...kind, ...SCALE, storedAs: undefined as never, schema: SCALE.schema, listSchema: SCALE.schema };
  const body = encodeItem(item, view, media, 'Metadata', registry.clock.now());
  send(request, response, 200, CONTENT_TYPES[media.type], body, warnings);
}

export function getScale(context: Context, kind: Served): void {
  const { registry, info } = context;
  sendScale(context, kind, registry.get(kind, info.namespace, info.name).object);
}

const PATCH_KINDS: Record<string, PatchKind> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
};

/** PUT or PATCH of a Scale: changes the workload's replicas. */
export async function writeScale(context: Context, kind: Served): Promise<void> {
  const { registry, info, request, warnings, query } = context;
  const body = await readBody(request);
  const patching = request.method === 'PATCH';
  const options = writeQuery(query, patching ? 'PatchOptions' : 'UpdateOptions');
  const type = mediaType(request.headers['content-type']);
  const how = PATCH_KINDS[type];
  if (patching && !how) {
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: ${Object.keys(PATCH_KINDS).join(', ')}`,
    );
  }
  const wanted = (live: KubeObject): KubeObject => {
    if (!patching || !how) {
      return decodeBody(body, request.headers['content-type'], SCALE, options.fieldValidation, warnings.add);
    }
    const { value } = parseJson(body.toString('utf8'));
    const patched = patchObject(how, scaleOf(live) as unknown as JsonObject, value, SCALE.schema);
    return normalise(patched, SCALE.schema).value as unknown as KubeObject;
  };
  const result = registry.update(
    kind,
    info.namespace,
    info.name,
    (live) => {
      if (!live) throw new StatusError(404, 'NotFound', `${kind.qualified}/scale not found`);
      const scale = wanted(live);
      const replicas: number = scale['spec']?.replicas ?? 0;
      if (replicas < 0) {
        const error = invalid('spec.replicas', replicas, 'must be greater than or equal to 0');
        throw invalidError({ group: 'autoscaling', name: 'Scale' }, info.name, [error]);
      }
      const next: KubeObject = {
        ...live,
        metadata: { ...live.metadata, resourceVersion: scale.metadata.resourceVersion ?? '' },
        spec: { ...live['spec'], replicas },
      };
      return trackUpdate(live, next, {
        schema: kind.schema,
        apiVersion: kind.apiVersion,
        manager: managerOf(options.fieldManager, request.headers['user-agent']),
        subresource: 'scale',
        now: registry.time(),
        reset: [['status']],
      });
    },
    { dryRun: options.dryRun, warn: warnings.add, subresource: '' },
  );
  sendScale(context, kind, result.object);
}
