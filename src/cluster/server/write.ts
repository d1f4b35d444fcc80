/** Creates, updates, patches and deletes over HTTP. */
import { goQuote } from '../api/field-error.ts';
import type { JsonObject } from '../api/object.ts';
import { notRegistered } from '../api/body-errors.ts';
import { badRequest, StatusError } from '../api/status.ts';
import { type FieldsWrite, trackUpdate } from '../fields/manager.ts';
import { ensureName, ensureNamespace, wipeSystemFields } from '../api/metadata.ts';
import type { Served } from '../registry/kinds.ts';
import { resourceOf } from '../registry/errors.ts';
import { type Part, resetsOf } from '../registry/parts.ts';
import { asStored } from '../registry/view.ts';
import type { Result } from '../registry/registry.ts';
import { DecodeError, normalise } from '../schema/decode.ts';
import { JsonSyntaxError, parseJson } from '../schema/json.ts';
import { readYaml, YamlError } from '../schema/yaml.ts';
import { structSchema } from '../schema/schema.ts';
import { decodeObject } from '../wire/protobuf.ts';
import { readBody } from './body.ts';
import type { Context } from './context.ts';
import {
  BODY_TYPES,
  decodeBody,
  isMalformed,
  malformedVersion,
  mediaType,
  notAnObject,
  unknownFormat,
} from './decode-body.ts';
import { CONTENT_TYPES, encodeItem, encodeStatus } from './encode.ts';
import { deleteOptions, managerOf, type WriteQuery, writeQuery } from './options.ts';
import { applying, patching, patchKindOf } from './patching.ts';
import { includeOf, send } from './respond.ts';

function fieldsWrite(context: Context, kind: Served, part: Part, query: WriteQuery): FieldsWrite {
  return {
    schema: kind.schema,
    apiVersion: kind.apiVersion,
    manager: managerOf(query.fieldManager, context.request.headers['user-agent']),
    subresource: part,
    now: context.registry.time(),
    reset: resetsOf(kind, part),
  };
}

/** Answers with an object that was written (or would have been, in a dry run). */
export function sendResult(
  context: Context,
  kind: Served,
  code: number,
  { object, item }: Result,
  part: Part = '',
): void {
  const { request, response, media, warnings, registry } = context;
  const text = { text: JSON.stringify(object), encoded: new Map<string, string | Uint8Array>() };
  const { namespace = '', name = '' } = object.metadata;
  const written = item ?? { key: `${namespace}/${name}`, namespace, name, revision: 0, object, ...text };
  // What was not stored is in the kind's own form already.
  const as = item ? kind : { ...kind, storedAs: undefined as never, schema: kind.schema, listSchema: kind.listSchema };
  const shown = part === 'status' ? asStored(as, written) : { kind: as, item: written };
  const body = encodeItem(shown.item, shown.kind, media, includeOf(context.query), registry.clock.now());
  send(request, response, code, CONTENT_TYPES[media.type], body, warnings);
}

export async function create(context: Context, kind: Served): Promise<void> {
  const { info, request, warnings, registry } = context;
  const body = await readBody(request);
  const query = writeQuery(context.query, 'CreateOptions');
  const object = decodeBody(body, request.headers['content-type'], kind, query.fieldValidation, warnings.add);
  wipeSystemFields(object);
  ensureNamespace(object, kind.namespaced ? info.namespace : '');
  kind.strategy?.defaults?.(object);
  const tracked = trackUpdate(undefined, object, fieldsWrite(context, kind, '', query));
  context.authority.checkWrite(context.user, info, kind, tracked, undefined);
  const options = { dryRun: query.dryRun, warn: warnings.add, subresource: '' } as const;
  sendResult(context, kind, 201, registry.create(kind, info.namespace, tracked, options));
}

export async function update(context: Context, kind: Served, part: Part): Promise<void> {
  const { info, request, warnings, registry } = context;
  const body = await readBody(request);
  const query = writeQuery(context.query, 'UpdateOptions');
  const object = decodeBody(body, request.headers['content-type'], kind, query.fieldValidation, warnings.add);
  const namespace = kind.namespaced ? info.namespace : '';
  ensureNamespace(object, namespace);
  ensureName(object, namespace, info.name);
  kind.strategy?.defaults?.(object);
  const { uid } = object.metadata;
  const result = registry.update(
    kind,
    info.namespace,
    info.name,
    (live) => {
      const tracked = trackUpdate(live, object, fieldsWrite(context, kind, part, query));
      context.authority.checkWrite(context.user, info, kind, tracked, live);
      return tracked;
    },
    {
      dryRun: query.dryRun,
      warn: warnings.add,
      subresource: part,
      uid,
      beforeCreate: () => context.authority.require(context.user, { ...info, verb: 'create' }),
    },
  );
  sendResult(context, kind, result.created ? 201 : 200, result, part);
}

export async function patch(context: Context, kind: Served, part: Part): Promise<void> {
  const { info, request, warnings, registry } = context;
  const how = patchKindOf(request);
  const body = await readBody(request);
  const query = writeQuery(context.query, 'PatchOptions', how === 'apply');
  const write = fieldsWrite(context, kind, part, query);
  const given = { body, kind, name: info.name, query, fields: write, warn: warnings.add };
  const change = how === 'apply' ? applying(given) : patching(how, given);
  const result = registry.update(
    kind,
    info.namespace,
    info.name,
    (live) => {
      const next = change(live);
      if (!live && next.metadata.uid) {
        throw new StatusError(
          409,
          'Conflict',
          `Operation cannot be fulfilled on ${kind.qualified} ${goQuote(info.name)}: uid mismatch: the provided object ` +
            `specified uid ${next.metadata.uid}, and no existing object was found`,
          { name: info.name, ...(kind.group && { group: kind.group }), kind: kind.resource },
        );
      }
      context.authority.checkWrite(context.user, info, kind, next, live);
      return next;
    },
    {
      dryRun: query.dryRun,
      warn: warnings.add,
      subresource: part,
      mayCreate: how === 'apply' && part === '',
      patched: true,
      beforeCreate: () => context.authority.require(context.user, { ...info, verb: 'create' }),
    },
  );
  sendResult(context, kind, result.created ? 201 : 200, result, part);
}

/** The DeleteOptions in a body, undefined without one. */
function readOptions(body: Buffer, contentType: string | undefined): JsonObject | undefined {
  if (body.length === 0) return undefined;
  const type = mediaType(contentType);
  if (type === 'application/vnd.kubernetes.protobuf') {
    // Every group has the kind under its own version.
    const schemaOf = (_version: string, kind: string) =>
      kind === 'DeleteOptions' ? deleteOptionsKind.schema : undefined;
    return decodeObject(body, schemaOf, { ...deleteOptionsKind, plainErrors: true });
  }
  if (type !== '' && !BODY_TYPES.some((one) => one === type)) throw unknownFormat(BODY_TYPES);
  try {
    const value =
      type === 'application/yaml' ? readYaml(body.toString('utf8')).value : parseJson(body.toString('utf8')).value;
    if (value === null) return {};
    if (typeof value === 'object' && !Array.isArray(value)) {
      const { kind, apiVersion } = value;
      const version = typeof apiVersion === 'string' && apiVersion ? apiVersion : deleteOptionsKind.apiVersion;
      if (isMalformed(version)) throw badRequest(malformedVersion(version));
      if (typeof kind === 'string' && kind !== '' && kind !== 'DeleteOptions') {
        throw badRequest(notRegistered(version, kind));
      }
      return normalise(value, deleteOptionsKind.schema).value;
    }
    throw badRequest(`couldn't get version/kind; json parse error: ${notAnObject(value)}`);
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`);
    if (error instanceof DecodeError || error instanceof YamlError) throw badRequest(error.message);
    throw error;
  }
}

const deleteOptionsKind = {
  apiVersion: 'meta.k8s.io/v1',
  kind: 'DeleteOptions',
  get schema() {
    return structSchema('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions');
  },
};

export async function remove(context: Context, kind: Served): Promise<void> {
  const { info, request, response, media, warnings, registry } = context;
  const body = await readBody(request);
  const { options, dryRun } = deleteOptions(readOptions(body, request.headers['content-type']), context.query);
  if (options.ignoreStoreReadErrorWithClusterBreakingPotential) {
    context.authority.require(context.user, { ...info, verb: 'unsafe-delete-ignore-read-errors' });
  }
  const { object, removed } = registry.delete(kind, info.namespace, info.name, options, { dryRun });
  const code = !removed && options.orphanDependents === false ? 202 : 200;
  if (kind.returnsDeleted || !removed) {
    sendResult(context, kind, code, { object, item: undefined });
    return;
  }
  const { group, name: resource } = resourceOf(kind);
  const status: JsonObject = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: info.name, ...(group && { group }), kind: resource, uid: object.metadata.uid ?? '' },
  };
  send(request, response, code, CONTENT_TYPES[media.type], encodeStatus(status, media), warnings);
}

/** Reads DeleteOptions for a deletion of a whole collection. */
export async function collectionOptions(context: Context) {
  const { request } = context;
  const body = await readBody(request);
  return deleteOptions(readOptions(body, request.headers['content-type']), context.query, { collection: true });
}
