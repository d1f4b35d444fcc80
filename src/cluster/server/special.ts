/** What is posted to be answered or done, and not stored: reviews, tokens, a namespace's finalizers. */
import type { KubeObject } from '../api/object.ts';
import { badRequest, invalidError } from '../api/status.ts';
import { REVIEWS } from '../auth/reviews.ts';
import { requestToken } from '../auth/token-request.ts';
import { trackUpdate } from '../fields/manager.ts';
import { validateFinalizers } from '../kinds/strategies/namespace.ts';
import type { VIRTUAL_KINDS } from '../kinds/table.ts';
import { admitCreate } from '../registry/admission.ts';
import { ensureName, ensureNamespace } from '../api/metadata.ts';
import type { Served } from '../registry/kinds.ts';
import { resetsOf } from '../registry/parts.ts';
import { normaliseObject } from '../schema/decode.ts';
import { kindSchema } from '../schema/schema.ts';
import { readBody } from './body.ts';
import type { Context } from './context.ts';
import { decodeBody, type Expected } from './decode-body.ts';
import { CONTENT_TYPES, encodeJson } from './encode.ts';
import { encodeObject } from '../wire/protobuf.ts';
import { managerOf, writeQuery } from './options.ts';
import { send } from './respond.ts';
import { sendResult } from './write.ts';

export const expectedOf = (group: string, version: string, kind: string): Expected => ({
  apiVersion: group ? `${group}/${version}` : version,
  kind,
  schema: kindSchema(group, version, kind),
});

function answer(context: Context, expected: Expected, code: number, object: KubeObject): void {
  const { request, response, media, warnings } = context;
  const written = normaliseObject(object, expected.schema);
  const body = media.type === 'protobuf' ? encodeObject(written, expected.schema) : encodeJson(written, media);
  send(request, response, code, CONTENT_TYPES[media.type], body, warnings);
}

/** A review: who am I, may they, whose is this token. */
export async function createReview(context: Context, kind: (typeof VIRTUAL_KINDS)[number]): Promise<void> {
  const { request, query, info, user, authority, registry, warnings } = context;
  const body = await readBody(request);
  const options = writeQuery(query, 'CreateOptions');
  const expected = expectedOf(kind.group, kind.version, kind.kind);
  const object = decodeBody(body, request.headers['content-type'], expected, options.fieldValidation, warnings.add);
  const review = REVIEWS[kind.kind];
  if (!review) throw badRequest(`no review of kind ${kind.kind}`);
  ensureNamespace(object, info.namespace);
  const tracked = trackUpdate(undefined, object, {
    schema: expected.schema,
    apiVersion: expected.apiVersion,
    manager: managerOf(options.fieldManager, request.headers['user-agent']),
    subresource: '',
    now: registry.time(),
    reset: [],
  });
  const answered = review(tracked, {
    user,
    authorize: (asked) => authority.decide(asked),
    lookup: authority.rbac,
    checkToken: (token, audiences) => authority.authenticator.check(token, new Date(registry.clock.now()), audiences),
    namespace: info.namespace,
    now: registry.time(),
  });
  answer(context, expected, 201, answered);
}

/** `serviceaccounts/NAME/token`: a token for the account. */
export async function createToken(context: Context, kind: Served): Promise<void> {
  const { request, query, info, authority, registry, warnings } = context;
  const body = await readBody(request);
  const options = writeQuery(query, 'CreateOptions');
  const expected = expectedOf('authentication.k8s.io', 'v1', 'TokenRequest');
  const object = decodeBody(body, request.headers['content-type'], expected, options.fieldValidation, warnings.add);
  const { namespace, name } = info;
  ensureNamespace(object, namespace);
  admit(context, kind);
  const { issuer, lookup } = authority;
  const now = new Date(registry.clock.now());
  const made = requestToken({ object, namespace, name, now, id: registry.clock.uid(), issuer, lookup });
  answer(context, expected, 201, made);
}

/** `namespaces/NAME/finalize`: an update with spec.finalizers, and without status. */
export async function finalize(context: Context, kind: Served): Promise<void> {
  const { request, query, info, registry, warnings } = context;
  const body = await readBody(request);
  const options = writeQuery(query, 'UpdateOptions');
  const object = decodeBody(body, request.headers['content-type'], kind, options.fieldValidation, warnings.add);
  ensureName(object, '', info.name);
  kind.strategy?.defaults?.(object);
  const write = {
    schema: kind.schema,
    apiVersion: kind.apiVersion,
    manager: managerOf(options.fieldManager, request.headers['user-agent']),
    subresource: 'finalize',
    now: registry.time(),
    reset: resetsOf(kind, 'finalize'),
  };
  const result = registry.update(
    kind,
    '',
    info.name,
    (live) => {
      const errors = validateFinalizers(object, true);
      if (errors.length > 0) throw invalidError({ group: '', name: kind.kind }, info.name, errors);
      return trackUpdate(live, object, write);
    },
    { dryRun: options.dryRun, warn: warnings.add, subresource: 'finalize', uid: object.metadata.uid },
  );
  sendResult(context, kind, 200, result);
}

/** What is posted to an object is admitted as a new object in its namespace is. */
export function admit({ info, registry }: Context, kind: Served): void {
  const { namespace, name } = info;
  admitCreate(kind, { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { namespace, name } }, registry.store);
}
