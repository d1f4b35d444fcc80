/** Every field of a port with every value at its edges. */
import { type Case } from './case.ts';
import { casesOf, type Field, TEXT_EDGES, withPort } from './fields.ts';

const PORT_FIELDS: readonly Field[] = [
  {
    field: 'port',
    bases: ['ClusterIP', 'headless', 'ExternalName'],
    values: [undefined, null, 0, -1, 1, 65535, 65536, 2147483648, 9007199254740992, '80', 80.5, 80.0, {}, true, 1e2],
  },
  {
    field: 'targetPort',
    bases: ['ClusterIP', 'headless', 'ExternalName'],
    values: [
      null,
      0,
      '',
      -1,
      1,
      65535,
      65536,
      'http',
      '8080',
      '0',
      'HTTP',
      '-a',
      'a-',
      'a--b',
      'abcdefghijklmno',
      'abcdefghijklmnop',
      '123',
      '1a',
      'a b',
      80.5,
      {},
      [],
      true,
      0x80000000,
    ],
  },
  {
    field: 'protocol',
    bases: ['ClusterIP', 'LoadBalancer'],
    values: [...TEXT_EDGES, 'TCP', 'UDP', 'SCTP', 'tcp', 'HTTP', 'ICMP'],
  },
  {
    field: 'name',
    bases: ['ClusterIP', 'ExternalName'],
    values: [...TEXT_EDGES, 'http', 'Http', 'a.b', 'a_b', '-a', '8080', 'a'.repeat(63), 'a'.repeat(64)],
  },
  {
    field: 'appProtocol',
    bases: ['ClusterIP', 'headless'],
    values: [...TEXT_EDGES, 'http', 'kubernetes.io/h2c', 'HTTP', 'a/b/c', '-a', 'a b', 'a'.repeat(64), 'UPPER.com/x'],
  },
  {
    field: 'nodePort',
    bases: ['ClusterIP', 'NodePort', 'LoadBalancer', 'headless', 'ExternalName'],
    values: [null, 0, -1, 1, 29999, 30000, 32768, 65535, 65536, 2147483648, '30000', 30000.5, {}],
  },
  { field: 'noSuchField', bases: ['ClusterIP'], values: [1] },
];

export const PORT_VALUES: readonly Case[] = PORT_FIELDS.flatMap((field) =>
  casesOf(field, withPort, (value) => ({ ports: [{ port: 80, [field.field]: value }] }), 'ports[0].'),
);
