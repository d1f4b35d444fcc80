/** Values of a status, written through `/status` in every way. */
import { type Case, create, get, type Json, merge, type Step, strategic, told } from './case.ts';

const at: Pick<Step, 'status'> = { status: true };
const condition = {
  type: 'Ready',
  status: 'True',
  reason: 'Fine',
  message: '',
  lastTransitionTime: '2020-01-01T00:00:00Z',
};

const INGRESS: readonly Json[] = [
  null,
  [],
  {},
  'x',
  [{}],
  [null],
  [{ ip: '192.0.2.1' }],
  [
    {
      ip: '192.0.2.1',
      ipMode: 'VIP',
    },
  ],
  [
    {
      ip: '192.0.2.1',
      ipMode: 'Proxy',
    },
  ],
  [
    {
      ip: '192.0.2.1',
      ipMode: 'Foo',
    },
  ],
  [
    {
      ip: '192.0.2.1',
      ipMode: '',
    },
  ],
  [{ ipMode: 'VIP' }],
  [
    {
      hostname: 'a.b',
      ipMode: 'VIP',
    },
  ],
  [{ ip: 'foo' }],
  [{ ip: '192.0.2.01' }],
  [{ ip: '::ffff:192.0.2.1' }],
  [{ ip: '2001:DB8::1' }],
  [{ ip: '2001:db8::1' }],
  [
    {
      ip: '192.0.2.1',
      hostname: 'a.b',
    },
  ],
  [{ hostname: 'lb.example.com' }],
  [{ hostname: 'LB.example.com' }],
  [{ hostname: 'a_b' }],
  [{ hostname: '192.0.2.1' }],
  [{ hostname: '2001:db8::1' }],
  [{ hostname: 'a'.repeat(254) }],
  [{ hostname: 'a.b.' }],
  [{ hostname: '*.a' }],
  [{ ip: '192.0.2.1' }, { ip: '192.0.2.1' }],
  [{ ip: '127.0.0.1' }],
  [{ foo: 1 }],
  [
    {
      ip: '192.0.2.1',
      ports: [],
    },
  ],
  [
    {
      ip: '192.0.2.1',
      ports: [
        {
          port: 80,
          protocol: 'TCP',
        },
      ],
    },
  ],
  [
    {
      ip: '192.0.2.1',
      ports: [{ port: 0 }],
    },
  ],
  [
    {
      ip: '192.0.2.1',
      ports: [
        {
          port: 80,
          protocol: 'TCP',
          error: 'MixedProtocolNotSupported',
        },
      ],
    },
  ],
  [
    {
      ip: '192.0.2.1',
      ports: [
        {
          port: 80,
          protocol: 'TCP',
          error: 'bad error',
        },
      ],
    },
  ],
  [
    {
      ip: '192.0.2.1',
      ports: [{ port: '80' }],
    },
  ],
];
const CONDITIONS: readonly Json[] = [
  null,
  [],
  {},
  [{}],
  [condition],
  [condition, condition],
  [
    {
      ...condition,
      status: 'Maybe',
    },
  ],
  [
    {
      ...condition,
      type: '',
    },
  ],
  [
    {
      ...condition,
      reason: '',
    },
  ],
  [
    {
      ...condition,
      lastTransitionTime: null,
    },
  ],
  [
    {
      ...condition,
      lastTransitionTime: 'x',
    },
  ],
  [
    {
      ...condition,
      observedGeneration: -1,
    },
  ],
  [
    {
      ...condition,
      foo: 1,
    },
  ],
  [
    condition,
    {
      ...condition,
      type: 'Other',
    },
  ],
];

const through = (status: Json): Step[] => [
  merge({ status }, at),
  get(),
  { verb: 'update', status: true, onto: true, body: { status } },
  strategic({ status }, at),
];

const values: Case[] = [
  ...['LoadBalancer', 'ClusterIP', 'NodePort'].flatMap((type) =>
    INGRESS.map((ingress) => ({
      name: `${type}: status.loadBalancer.ingress is ${told(ingress)}`,
      steps: [create({ type }), ...through({ loadBalancer: { ingress } })],
    })),
  ),
  ...CONDITIONS.map((conditions) => ({
    name: `status.conditions is ${told(conditions)}`,
    steps: [create({ type: 'LoadBalancer' }), ...through({ conditions })],
  })),
  ...[null, {}, 'x', [], { loadBalancer: null }, { loadBalancer: {} }, { loadBalancer: 'x' }, { foo: 1 }].map(
    (status) => ({
      name: `status is ${told(status)}`,
      steps: [create({ type: 'LoadBalancer' }), ...through(status)],
    }),
  ),
];

export const STATUS_CASES: readonly Case[] = values;
