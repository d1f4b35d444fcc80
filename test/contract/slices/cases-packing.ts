/** Histories of Services with many pods: how many slices there are, and how full. */
import type { Json } from '../services/case.ts';
import { type History, type Mark, patch, pod, service, status, step, type Step, type Write } from './history.ts';

/** Pods of one group: a Service that selects it takes all of them in at one look. */
const group = (label: string, from: number, to: number): Write[] =>
  Array.from({ length: to - from }, (_, i) => from + i).flatMap((number) => {
    const name = `p${number}`;
    const ip = `10.2.${number >> 8}.${number & 255}`;
    const ports: Json[] = [{ name: 'http', containerPort: 8080 }];
    return [
      pod(name, { labels: { [label]: 'yes' }, ports }),
      status(name, { ips: [ip, `fd00:2::${number.toString(16)}`] }),
    ];
  });

/** Pods that are in a group already are put into another too. */
const also = (label: string, from: number, to: number): Write[] =>
  Array.from({ length: to - from }, (_, i) =>
    patch('pods', `p${from + i}`, { metadata: { labels: { [label]: 'yes' } } }),
  );

const none: Json = { first: null, second: null, third: null, kept: null, rest: null, both: null, more: null };
const select = (label: string, addresses: number): Step => ({
  writes: [patch('services', 'web', { spec: { selector: { ...none, [label]: 'yes' } } })],
  until: { service: 'web', addresses },
});
const mark = (label: string, ...counts: number[]): Mark => ({ verb: 'mark', service: 'web', label, counts });
const start = (label: string, addresses: number, spec: Json = {}): Step => ({
  writes: [service('web', { selector: { [label]: 'yes' }, ...spec })],
  until: { service: 'web', addresses },
});

export const PACKING: readonly History[] = [
  {
    name: '250 pods, then the slices are thinned out, then 250 again',
    anonymous: true,
    steps: [
      step(...group('first', 0, 250)),
      start('first', 250),
      step(mark('kept', 40, 100, 10)),
      select('kept', 150),
      select('first', 250),
      step(mark('rest', 1, 1, 1)),
      select('rest', 3),
      select('kept', 150),
    ],
  },
  {
    name: 'one more than a slice holds, and what finds room in which slice',
    anonymous: true,
    steps: [
      step(...group('first', 0, 101), ...also('second', 0, 101), ...also('third', 0, 101)),
      step(...group('second', 101, 150), ...also('third', 101, 150)),
      step(...group('third', 150, 220)),
      start('first', 101),
      select('second', 150),
      select('third', 220),
      select('first', 101),
      select('third', 220),
    ],
  },
  {
    name: 'exactly full slices, of both families, and the ports change',
    anonymous: true,
    steps: [
      step(...group('first', 0, 100)),
      start('first', 200, { ipFamilyPolicy: 'RequireDualStack', ports: [{ port: 80, targetPort: 'http' }] }),
      {
        writes: [patch('services', 'web', { spec: { ports: [{ port: 80, targetPort: 81 }] } })],
        until: { service: 'web', addresses: 200 },
      },
      step(patch('services', 'web', { metadata: { labels: { a: 'b' } } })),
      step(mark('kept', 50)),
      select('kept', 100),
    ],
  },
  {
    name: 'what comes fills the slices that change, the fullest first, or else one that it fits best',
    anonymous: true,
    steps: [
      step(...group('first', 0, 250), ...group('both', 250, 275), ...group('more', 275, 325)),
      start('first', 250),
      step(mark('kept', 40, 70)),
      select('kept', 110),
      step(mark('both', 70, 40)),
      select('both', 135),
      step(mark('more', 60, 30)),
      select('more', 140),
    ],
  },
];
