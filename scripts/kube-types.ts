/**
 * Writes src/cluster/schema/{types,openapi,internal}.json: how the kinds of the registry look on the wire and how upstream
 * prints them in messages, taken from the Go types and the OpenAPI documents of the Kubernetes release in
 * test/tools/go.mod. Needs Go and the programs of `npm run tools`; run it when that release or the registry changes:
 * `npm run generate:kube`.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KINDS, SUBRESOURCE_KINDS, VIRTUAL_KINDS } from '../src/cluster/kinds/table.ts';
import { startControlPlane } from '../test/tools/control-plane.ts';

interface GoType {
  of: string;
  name?: string;
  item?: GoType;
  pointer?: boolean;
}

interface GoField {
  json?: string;
  inline?: boolean;
  type: GoType;
  [more: string]: unknown;
}

// oxlint-disable-next-line typescript/no-explicit-any -- an OpenAPI document
type Document = any;

const TOOLS = join(import.meta.dirname, '../test/tools');
const OUT = join(import.meta.dirname, '../src/cluster/schema');

const go = (args: string[], input?: string) =>
  execFileSync('go', args, { cwd: TOOLS, encoding: 'utf8', input, maxBuffer: 1 << 28 });

const kinds = [...KINDS, ...VIRTUAL_KINDS, ...SUBRESOURCE_KINDS];
const wanted = kinds.flatMap(({ group, version, kind }) => [`${group}/${version}/${kind}`]);
const lists = KINDS.map(({ group, version, kind }) => `${group}/${version}/${kind}List`);
const { kinds: names, types } = JSON.parse(go(['run', './cmd/kube-types'], JSON.stringify([...wanted, ...lists]))) as {
  kinds: Record<string, string>;
  types: Record<string, GoField[]>;
};

const version = go(['list', '-m', '-f', '{{.Version}}', 'k8s.io/kubernetes']).trim();
const schemas: Record<string, Document> = {};
// From a running server: the documents in Kubernetes' repository are made without enums.
const controlPlane = await startControlPlane();
try {
  for (const one of new Set(kinds.map(({ group, version: v }) => (group ? `apis/${group}/${v}` : 'api/v1')))) {
    const { body } = await controlPlane.request('GET', `/openapi/v3/${one}`);
    Object.assign(schemas, body.components.schemas);
  }
} finally {
  await controlPlane.stop();
}

const internal: Record<string, string[]> = JSON.parse(go(['run', './cmd/kube-internal']));
const lines = Object.entries(internal).map(([name, fields]) => `${JSON.stringify(name)}: ${JSON.stringify(fields)}`);
writeFileSync(join(OUT, 'internal.json'), `{\n${lines.join(',\n')}\n}\n`);

const marks: Record<string, Record<string, Record<string, unknown>>> = {};
const structs: Record<string, Record<string, unknown>> = {};
for (const name of Object.keys(types)) {
  const schema = schemas[name];
  if (schema?.['x-kubernetes-map-type'] === 'atomic') structs[name] = { atomic: true };
  for (const [property, value] of Object.entries<Document>(schema?.properties ?? {})) {
    const mark: Record<string, unknown> = {};
    if (value['x-kubernetes-list-type']) mark['list'] = value['x-kubernetes-list-type'];
    if (value['x-kubernetes-list-map-keys']) mark['keys'] = value['x-kubernetes-list-map-keys'];
    if (value['x-kubernetes-map-type']) mark['map'] = value['x-kubernetes-map-type'];
    // Zero values as defaults only repeat what `omit` says.
    if (value.default && JSON.stringify(value.default) !== '{}') mark['default'] = value.default;
    if (Object.keys(mark).length > 0) (marks[name] ??= {})[property] = mark;
  }
}
for (const [name, fields] of Object.entries(types)) {
  for (const field of fields) Object.assign(field, marks[name]?.[field.json ?? '']);
}

const used: Record<string, Document> = {};
const reach = (name: string) => {
  if (used[name] || !schemas[name]) return;
  used[name] = schemas[name];
  for (const [, ref = ''] of JSON.stringify(schemas[name]).matchAll(/#\/components\/schemas\/([^"]+)"/g)) reach(ref);
};
for (const name of Object.keys(types)) reach(name);
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
for (const name of ['Patch', 'WatchEvent', 'APIResourceList', 'APIGroup', 'APIGroupList', 'APIVersions'])
  reach(`${META}.${name}`);
// Every group's kinds name the group/versions in which the types of meta/v1 appear: only ours are served.
const versions = new Set(kinds.map((one) => `${one.group}/${one.version}`));
for (const schema of Object.values(used)) {
  const gvks: { group: string; version: string }[] | undefined = schema['x-kubernetes-group-version-kind'];
  if (gvks)
    schema['x-kubernetes-group-version-kind'] = gvks.filter((one) => versions.has(`${one.group}/${one.version}`));
}

const write = (file: string, content: Record<string, unknown>) => {
  const sections = Object.entries(content).map(([key, value]) => {
    if (typeof value !== 'object' || value === null) return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
    const rows = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `${JSON.stringify(key)}:{\n${rows.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',\n')}\n}`;
  });
  writeFileSync(join(OUT, file), `{${sections.join(',\n')}}\n`);
};
write('types.json', { kubernetes: version, kinds: names, structs, types });
write('openapi.json', { kubernetes: version, schemas: used });
