import type { FieldSchema, Schema, StructSchema } from '../schema/schema.ts';

/**
 * Discovery documents as kube-apiserver also serves them in protobuf: apimachinery `pkg/apis/meta/v1/generated.proto`.
 * No kind is made of them, so that schema/types.json does not have them.
 */

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

type Fields = readonly (readonly [json: string, number: number, schema: Schema])[];

const TEXT: Schema = { of: 'string' };
const BOOL: Schema = { of: 'bool' };
const list = (item: Schema, name?: string): Schema => ({ of: 'list', name, item, pointer: false });

function struct(name: string, fields: Fields): StructSchema {
  return {
    of: 'struct',
    name: `${META}.${name}`,
    atomic: false,
    fields: new Map<string, FieldSchema>(),
    declared: fields.map(([json, number, schema]) => ({ json, number, schema, pointer: false, inline: false })),
  };
}

const ADDRESSES = list(
  struct('ServerAddressByClientCIDR', [
    ['clientCIDR', 1, TEXT],
    ['serverAddress', 2, TEXT],
  ]),
);

const VERSION = struct('GroupVersionForDiscovery', [
  ['groupVersion', 1, TEXT],
  ['version', 2, TEXT],
]);

const GROUP = struct('APIGroup', [
  ['name', 1, TEXT],
  ['versions', 2, list(VERSION)],
  ['preferredVersion', 3, VERSION],
  ['serverAddressByClientCIDRs', 4, ADDRESSES],
]);

const RESOURCE = struct('APIResource', [
  ['name', 1, TEXT],
  ['namespaced', 2, BOOL],
  ['kind', 3, TEXT],
  ['verbs', 4, list(TEXT, `${META}.Verbs`)],
  ['shortNames', 5, list(TEXT)],
  ['singularName', 6, TEXT],
  ['categories', 7, list(TEXT)],
  ['group', 8, TEXT],
  ['version', 9, TEXT],
  ['storageVersionHash', 10, TEXT],
]);

/** By kind, for `encodeObject` only: they say nothing of how JSON is read. */
export const DISCOVERY_SCHEMAS = {
  APIVersions: struct('APIVersions', [
    ['versions', 1, list(TEXT)],
    ['serverAddressByClientCIDRs', 2, ADDRESSES],
  ]),
  APIGroup: GROUP,
  APIGroupList: struct('APIGroupList', [['groups', 1, list(GROUP)]]),
  APIResourceList: struct('APIResourceList', [
    ['groupVersion', 1, TEXT],
    ['resources', 2, list(RESOURCE)],
  ]),
} as const;
