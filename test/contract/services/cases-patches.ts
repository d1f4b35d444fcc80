/** Strategic patches by merge key, and JSON patches. */
import { type Case, create, get, json, type Json, strategic } from './case.ts';

const http = { name: 'http', port: 80 };
const https = { name: 'https', port: 443 };
const tcp = { name: 'tcp', port: 53, protocol: 'TCP' };
const udp = { name: 'udp', port: 53, protocol: 'UDP' };

const two = {
  type: 'NodePort',
  ports: [
    { ...http, nodePort: 30000 },
    { ...https, nodePort: 30001 },
  ],
};

const PATCHES: Record<string, Json> = {
  'a port is deleted by its key': { ports: [{ $patch: 'delete', port: 443 }] },
  'the list is replaced': { ports: [{ $patch: 'replace' }, { name: 'only', port: 81 }] },
  'a port gets a target': { ports: [{ port: 80, targetPort: 'web' }] },
  'both ports of a number are one key': { ports: [{ port: 53, protocol: 'UDP', targetPort: 5353 }] },
  'the order is told': { $setElementOrder: 'x' },
  'the order of elements is told': {
    '$setElementOrder/ports': [{ port: 443 }, { port: 80 }],
    ports: [{ port: 80, targetPort: 1 }],
  },
  'the order lacks one': { '$setElementOrder/ports': [{ port: 443 }], ports: [{ port: 80, targetPort: 1 }] },
  'no key': { ports: [{ name: 'nokey' }] },
  'a key of the wrong type': { ports: [{ port: '80' }] },
  'a directive that is not one': { ports: [{ $patch: 'foo', port: 80 }] },
  'the spec is replaced': { $patch: 'replace', ports: [http] },
  'keys are retained': { $retainKeys: ['ports', 'type'], type: 'ClusterIP', ports: [http] },
  'keys are retained that are not patched': { $retainKeys: ['ports'], type: 'ClusterIP' },
  'from a list of primitives': { '$deleteFromPrimitiveList/externalIPs': ['192.0.2.1'] },
  'a selector is replaced': { selector: { $patch: 'replace', other: 'x' } },
  'a selector is deleted': { selector: { $patch: 'delete' } },
  'addresses are added': { externalIPs: ['192.0.2.9'] },
  'not a list': { ports: {} },
};
const patches: Case[] = Object.entries(PATCHES).flatMap(([name, patch]): Case[] => [
  {
    name: `strategic: ${name}`,
    steps: [
      create({ ports: [http, https], externalIPs: ['192.0.2.1', '192.0.2.2'] }),
      strategic({ spec: patch }),
      get(),
    ],
  },
  {
    name: `strategic, TCP and UDP: ${name}`,
    steps: [create({ ports: [tcp, udp] }), strategic({ spec: patch }), get()],
  },
]);

const operation = (op: string, path: string, value?: Json): Json => ({
  op,
  path,
  ...(value === undefined ? {} : { value }),
});
const OPERATIONS: Record<string, Json> = {
  'adds at the end': [operation('add', '/spec/ports/-', { name: 'c', port: 1 })],
  'adds before': [operation('add', '/spec/ports/0', { name: 'c', port: 1 })],
  'adds beyond the end': [operation('add', '/spec/ports/7', { name: 'c', port: 1 })],
  'replaces a number': [operation('replace', '/spec/ports/0/nodePort', 30005)],
  'replaces what is not there': [operation('replace', '/spec/externalName', 'a')],
  'removes what is not there': [operation('remove', '/spec/externalName')],
  'removes a port': [operation('remove', '/spec/ports/1')],
  'tests right': [operation('test', '/spec/type', 'NodePort'), operation('replace', '/spec/type', 'ClusterIP')],
  'tests wrong': [operation('test', '/spec/type', 'ClusterIP'), operation('replace', '/spec/type', 'ClusterIP')],
  moves: [{ op: 'move', from: '/spec/ports/0/name', path: '/spec/ports/0/appProtocol' }],
  copies: [{ op: 'copy', from: '/spec/ports/0/name', path: '/spec/ports/0/appProtocol' }],
  'is unknown': [{ op: 'foo', path: '/spec' }],
  'has no path': [{ op: 'add', value: 1 }],
  'has no value': [{ op: 'add', path: '/spec/externalName' }],
  'is none': [],
  'is not a list': { op: 'add' },
  'escapes a slash': [
    operation('add', '/metadata/labels', {}),
    operation('add', '/metadata/labels/example.com~1a', 'b'),
  ],
  'adds a label where there are none': [operation('add', '/metadata/labels/a', 'b')],
  'empties the object': [operation('replace', '', {})],
  'removes the spec': [operation('remove', '/spec')],
  'removes the name': [operation('remove', '/metadata/name')],
  renames: [operation('replace', '/metadata/name', 'other')],
};
const operations: Case[] = Object.entries(OPERATIONS).map(([name, patch]) => ({
  name: `a JSON patch that ${name}`,
  steps: [create(two), json(patch), get()],
}));

export const PATCHED: readonly Case[] = [...patches, ...operations];
