import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../../src/cluster/api/object.ts';
import { type Atom, LIST, MAP, SCALAR, structAtom } from '../../../src/cluster/fields/atom.ts';
import { KINDS } from '../../../src/cluster/kinds/table.ts';
import { kindSchema, type StructSchema } from '../../../src/cluster/schema/schema.ts';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';

/** A definition of OpenAPI version 3, as far as server-side apply looks at it. */
interface Definition {
  type?: string;
  format?: string;
  properties?: Record<string, Definition>;
  additionalProperties?: Definition;
  items?: Definition;
  allOf?: Definition[];
  $ref?: string;
  default?: Json;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-patch-merge-key'?: string;
}

type Definitions = Record<string, Definition>;

const referred = ({ $ref, allOf }: Definition): string | undefined => ($ref ?? allOf?.[0]?.$ref)?.split('/').at(-1);

/** Types that kube-openapi's conversion knows by name. */
const BY_NAME: Record<string, string> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'untyped',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'untyped list:atomic map:atomic',
};

/** A type on a line. */
function fromOpenApi(definition: Definition, all: Definitions): string {
  const name = referred(definition);
  if (name) {
    const text = BY_NAME[name] ?? fromOpenApi(all[name] ?? {}, all);
    return definition['x-kubernetes-map-type']
      ? text.replace(/map:\w+/, `map:${definition['x-kubernetes-map-type']}`)
      : text;
  }
  switch (definition.type) {
    case undefined:
      return 'untyped list:atomic map:granular';
    case 'array':
      return listFromOpenApi(definition, all);
    case 'object':
      return `map:${definition['x-kubernetes-map-type'] ?? 'granular'}`;
    case 'string':
      return definition.format && definition.format !== 'byte' ? 'untyped' : 'string';
    case 'boolean':
      return 'boolean';
    default:
      return 'numeric';
  }
}

function listFromOpenApi(definition: Definition, all: Definitions): string {
  const type = definition['x-kubernetes-list-type'];
  const merged = !type && definition['x-kubernetes-patch-strategy']?.startsWith('merge');
  const mergeKey = definition['x-kubernetes-patch-merge-key'];
  const keys = merged ? (mergeKey ? [mergeKey] : []) : (definition['x-kubernetes-list-map-keys'] ?? []);
  if (!merged && (type ?? 'atomic') === 'atomic') return 'list:atomic';
  const item = definition.items && all[referred(definition.items) ?? ''];
  const defaults = keys.map((key) => `${key}=${JSON.stringify(item?.properties?.[key]?.default) ?? '-'}`);
  return `list:${defaults.toSorted().join(',')}`;
}

function fromAtom(atom: Atom): string {
  const parts: string[] = [];
  if (atom.mask & SCALAR) parts.push(atom.scalar ?? '');
  if (atom.mask & LIST && atom.list) {
    const { atomic, keys } = atom.list;
    const defaults = keys.map((key) => `${key.name}=${JSON.stringify(key.default) ?? '-'}`);
    parts.push(`list:${atomic ? 'atomic' : defaults.join(',')}`);
  }
  if (atom.mask & MAP) parts.push(`map:${atom.map?.atomic ? 'atomic' : 'granular'}`);
  return parts.join(' ');
}

describeWith(['control-plane'], 'types for server-side apply', () => {
  let plane: ControlPlane;
  const all: Definitions = {};

  /** The documents have a content type of their own. */
  const read = async (path: string): Promise<unknown> => {
    const { body } = await plane.request('GET', path);
    return typeof body === 'string' ? JSON.parse(body) : body;
  };

  beforeAll(async () => {
    plane = await startControlPlane();
    const documents = (await read('/openapi/v3')) as { paths: Record<string, { serverRelativeURL: string }> };
    const urls = Object.entries(documents.paths)
      .filter(([path]) => /^apis?\//.test(path))
      .map(([, { serverRelativeURL }]) => serverRelativeURL);
    for (const url of urls) {
      const { components } = (await read(url)) as { components?: { schemas?: Definitions } };
      Object.assign(all, components?.schemas);
    }
  }, 120_000);

  afterAll(() => plane?.stop());

  test('are those of OpenAPI', () => {
    const [theirs, ours]: [string[], string[]] = [[], []];
    const seen = new Set<StructSchema>();
    const visit = (schema: StructSchema) => {
      if (seen.has(schema)) return;
      seen.add(schema);
      const { properties = {} } = all[schema.name] ?? {};
      const fields = structAtom(schema).map?.fields ?? new Map<string, { atom: Atom }>();
      for (const [name, definition] of Object.entries(properties)) {
        theirs.push(`${schema.name} ${name} ${fromOpenApi(definition, all)}`);
      }
      for (const [name, { atom }] of fields) ours.push(`${schema.name} ${name} ${fromAtom(atom)}`);
      for (const { schema: inner } of schema.fields.values()) {
        const item = inner.of === 'list' || inner.of === 'map' ? inner.item : inner;
        if (item.of === 'struct') visit(item);
      }
    };
    for (const { group, version, kind } of KINDS) visit(kindSchema(group, version, kind));
    expect(seen.size).toBeGreaterThan(200);
    expect(ours.toSorted()).toEqual(theirs.toSorted());
  });
});
