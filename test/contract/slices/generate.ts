/** Histories that nobody wrote: a few pods, Services and Endpoints in one namespace, changed again and again. */
import type { Json } from '../services/case.ts';
import { Random } from '../services/random.ts';
import {
  type History,
  patch,
  pod,
  remove,
  service,
  bare,
  endpoints,
  status,
  step,
  type Step,
  type Write,
} from './history.ts';

/** The i-th history of a seed doesn't depend on how many there are. */
export function generatedHistories(seed: number, count: number, steps = 14): History[] {
  return Array.from({ length: count }, (_, index) => {
    const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
    const bursts = index % 3 === 2;
    const made = new Maker(random, bursts);
    const all = [
      made.standing(),
      ...Array.from({ length: steps }, () => made.step(bursts ? 1 + Math.floor(random.next() * 4) : 1)),
    ];
    return { name: `seed ${seed}, history ${index}`, steps: all, ...(bursts && { bursts }) };
  });
}

const PODS = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'] as const;
const SELECTING = ['web', 'api'] as const;
/** Its slices are mirrored, most of the time. */
const HAND = 'hand';
const HAND_IPV4 = ['10.4.0.1', '10.4.0.2', '10.4.0.3', '10.4.0.4'];
const HAND_IPV6 = ['fd00:4::1', 'fd00:4::2'];
const HAND_PORTS: Json[] = [
  [{ port: 80 }],
  [{ port: 81 }],
  [
    { name: 'a', port: 80 },
    { name: 'b', port: 53, protocol: 'UDP' },
  ],
  [],
];
const LABELS: Json[] = [
  { app: 'web' },
  { app: 'web' },
  { app: 'web', tier: 'one' },
  { app: 'api' },
  { app: 'api', tier: 'one' },
  { tier: 'one' },
];
const AUTO = 'service.kubernetes.io/topology-mode';

/** Every so many steps somebody may lay hands on slices. */
const HANDS_ON = 4;

/** Draws writes. It knows what it made, so that most of them are accepted. */
class Maker {
  readonly #random: Random;
  readonly #pods = new Set<string>();
  readonly #ready = new Map<string, { ready: boolean; since: number }>();
  readonly #services = new Set<string>();
  readonly #bursts: boolean;
  readonly #bothFamilies: boolean;
  #endpoints = false;
  #second = 0;

  constructor(random: Random, bursts: boolean) {
    this.#bursts = bursts;
    this.#random = random;
    this.#bothFamilies = random.chance(0.4);
  }

  /** Pods that are there before any Service. */
  standing(): Step {
    return step(...PODS.slice(0, 5).flatMap((name) => [this.#newPod(name), this.#status(name)]));
  }

  step(count: number): Step {
    this.#second++;
    return step(...Array.from({ length: count }, () => this.#write()));
  }

  #write(): Write {
    const random = this.#random;
    if (this.#services.size === 0) return this.#newService(random.pick(SELECTING));
    // Upstream takes a second to mend a slice, and all histories wait for it: so they do it at the same time.
    const draw = this.#second % HANDS_ON === 0 ? 0.3 + random.next() * 0.9 : random.next() * 0.92;
    if (draw < 0.5) return this.#pod();
    if (draw < 0.8) return this.#service();
    if (draw < 0.92) return this.#hand();
    return this.#slice();
  }

  #pod(): Write {
    const random = this.#random;
    const name = random.pick(PODS);
    if (!this.#pods.has(name)) return this.#newPod(name);
    const draw = random.next();
    if (draw < 0.55) return this.#status(name);
    if (draw < 0.75)
      return patch('pods', name, { metadata: { labels: { app: null, tier: null, ...random.pick(LABELS) } } });
    if (draw < 0.88) return remove('pods', name, 30);
    this.#pods.delete(name);
    return remove('pods', name);
  }

  #newPod(name: string): Write {
    const random = this.#random;
    this.#pods.add(name);
    this.#ready.delete(name);
    const http = {
      name: 'http',
      containerPort: random.pick([8080, 8080, 9090]),
      protocol: random.mostly(['TCP'], ['UDP'], 0.2),
    };
    const spec: Json = {};
    if (random.chance(0.3)) Object.assign(spec, { hostname: name, subdomain: random.pick(SELECTING) });
    if (random.chance(0.15)) {
      spec.initContainers = [
        { name: 'side', image: 'example.com/side', ports: [{ ...http, name: 'side' }], restartPolicy: 'Always' },
      ];
    }
    return pod(name, {
      labels: random.pick(LABELS),
      // On no node at all would do, but with an address such a pod stops upstream's Endpoints: see differences.ts.
      node: random.mostly(['a1', 'a1', 'b1', 'c1', 'a2'], ['nowhere', 'gone'], 0.15),
      ...(random.chance(0.7) && { ports: [http] }),
      spec,
    });
  }

  /** Its addresses: of its own number, sometimes others. */
  #status(name: string): Write {
    const random = this.#random;
    const number = random.mostly([Number(name.slice(1))], [20, 21], 0.1);
    const [v4, v6] = [`10.3.0.${number}`, `fd00:3::${number.toString(16)}`];
    const ips = random.mostly([[v4], [v4], [v4, v6], [v6, v4]], [[v6], []], 0.15);
    const ready = random.chance(0.75);
    // As a kubelet does: the time is that of the change.
    const before = this.#ready.get(name);
    const since = before?.ready === ready ? before.since : this.#second;
    // Upstream sees a pod's end only with another change, and otherwise when it happens to look again.
    const ended = before?.ready === true && !ready && random.chance(0.2);
    const phase = ended ? random.pick(['Succeeded', 'Failed']) : 'Running';
    this.#ready.set(name, { ready, since });
    return status(name, { ips, ready, phase, second: since });
  }

  #service(): Write {
    const random = this.#random;
    const name = random.pick(SELECTING);
    if (!this.#services.has(name)) return this.#newService(name);
    if (!this.#bursts && random.chance(0.08)) {
      this.#services.delete(name);
      return remove('services', name);
    }
    if (random.chance(0.35)) return patch('services', name, { metadata: this.#metadata(name) });
    const fields = [
      'selector',
      'ports',
      'ports',
      'publishNotReadyAddresses',
      'trafficDistribution',
      'ipFamilies',
      'type',
    ];
    const field = random.pick(fields);
    if (field === 'ipFamilies') return patch('services', name, { spec: this.#families() });
    return patch('services', name, { spec: field === 'type' ? this.#type() : { [field]: this.#field(field) } });
  }

  #newService(name: string): Write {
    const random = this.#random;
    this.#services.add(name);
    const spec: Json = { selector: this.#selector(), ports: this.#ports() };
    if (random.chance(0.3)) spec.clusterIP = 'None';
    if (random.chance(0.4)) spec.ipFamilyPolicy = random.pick(['PreferDualStack', 'RequireDualStack']);
    else if (random.chance(0.2)) spec.ipFamilies = ['IPv6'];
    for (const field of ['publishNotReadyAddresses', 'trafficDistribution']) {
      if (random.chance(0.25)) spec[field] = this.#field(field);
    }
    return service(name, spec, random.chance(0.5) ? this.#metadata(name) : {});
  }

  #selector(): Json {
    return this.#random.pick<Json>([
      { app: 'web' },
      { app: 'web' },
      { app: 'api' },
      { tier: 'one' },
      { app: 'web', tier: 'one' },
    ]);
  }

  #ports(): Json {
    const random = this.#random;
    const http: Json = { name: 'http', port: 80, targetPort: random.pick(['http', 'http', 8080, 80]) };
    if (random.chance(0.2)) http.appProtocol = random.pick(['http', 'kubernetes.io/h2c']);
    return random.pick<Json>([
      [http],
      [http],
      [{ port: 80 }],
      [http, { name: 'dns', port: 53, protocol: 'UDP', targetPort: random.pick(['http', 'side', 53]) }],
      [http, { name: 'side', port: 81, targetPort: 'side' }],
    ]);
  }

  #field(field: string): Json {
    const random = this.#random;
    if (field === 'selector') return { app: null, tier: null, ...this.#selector() };
    if (field === 'ports') return this.#ports();
    if (field === 'publishNotReadyAddresses') return random.chance(0.5);
    return random.pick(['PreferClose', 'PreferSameZone', 'PreferSameNode', null]);
  }

  #families(): Json {
    return this.#random.pick<Json>([
      { ipFamilyPolicy: 'PreferDualStack' },
      { ipFamilyPolicy: 'RequireDualStack' },
      { ipFamilyPolicy: 'SingleStack', ipFamilies: null, clusterIPs: null },
    ]);
  }

  #type(): Json {
    const stays: Json[] = [{ type: 'NodePort' }, { type: 'ClusterIP', externalName: null }, { type: 'LoadBalancer' }];
    // What is left of a Service that gets no slices any more is what was last seen of it, and in a burst that is luck.
    if (this.#bursts) return this.#random.pick(stays);
    return this.#random.pick<Json>([
      ...stays,
      { type: 'ExternalName', externalName: 'example.com', clusterIP: null, clusterIPs: null },
      { selector: null },
    ]);
  }

  #metadata(name: string): Json {
    const random = this.#random;
    const label = { [random.pick(['team', 'note'])]: random.pick(['a', 'b', null]) };
    if (random.chance(0.6)) return { name, labels: label };
    return { name, annotations: { [AUTO]: random.pick(['Auto', 'auto', 'Disabled', null]) } };
  }

  #hand(): Write {
    const random = this.#random;
    if (!this.#services.has(HAND)) {
      this.#services.add(HAND);
      return bare(HAND, random.chance(0.3) ? { clusterIP: 'None' } : {});
    }
    if (!this.#endpoints) {
      this.#endpoints = true;
      return endpoints(HAND, this.#subsets(), random.chance(0.3) ? { labels: { team: 'a' } } : {});
    }
    const draw = random.next();
    if (draw < 0.55) return patch('endpoints', HAND, { subsets: this.#subsets() });
    if (draw < 0.75) {
      const labels = {
        'endpointslice.kubernetes.io/skip-mirror': random.pick(['true', null]),
        team: random.pick(['a', 'b', null]),
      };
      return patch('endpoints', HAND, {
        metadata: random.chance(0.7) ? { labels } : { annotations: { note: random.pick(['a', null]) } },
      });
    }
    if (draw < 0.87 && !this.#bursts) {
      this.#endpoints = false;
      return remove('endpoints', HAND);
    }
    if (this.#bursts) return patch('endpoints', HAND, { subsets: this.#subsets() });
    this.#services.delete(HAND);
    return remove('services', HAND);
  }

  /**
   * Of both families only with the same ports all along: where slices of both have to be made while others have to go,
   * upstream takes the wrong ones off its list (`removeSlice` goes by a name that new slices don't have yet), as maps will.
   */
  #subsets(): Json {
    const random = this.#random;
    const known = this.#bothFamilies ? [...HAND_IPV4, ...HAND_IPV6] : HAND_IPV4;
    const addresses = () =>
      known
        .filter(() => random.chance(0.4))
        .map((ip) => ({
          ip,
          ...(random.chance(0.2) && { nodeName: 'a1' }),
          ...(random.chance(0.1) && { hostname: 'one' }),
        }));
    const ports = this.#bothFamilies ? HAND_PORTS.slice(0, 1) : HAND_PORTS;
    return Array.from({ length: random.pick([0, 1, 1, 2, 3]) }, () => ({
      addresses: addresses(),
      notReadyAddresses: random.chance(0.3) ? addresses() : [],
      ports: random.pick<Json>(ports),
    })).filter((subset) => subset.addresses.length + subset.notReadyAddresses.length > 0);
  }

  /** Somebody changes a controller's slice, or takes it away. */
  #slice(): Write {
    const random = this.#random;
    const mirrored = random.chance(0.3);
    const slice = { service: mirrored ? HAND : random.pick(SELECTING), at: 0, mirrored };
    // Right after a write of the controller's own a deletion can stop upstream for good: see `pass`.
    if (!this.#bursts && random.chance(0.4)) return remove('endpointslices', slice);
    return patch(
      'endpointslices',
      slice,
      random.pick<Json>([
        { endpoints: [] },
        { endpoints: null },
        { ports: [{ name: 'http', port: 1, protocol: 'TCP' }] },
        { metadata: { labels: { mine: 'yes' } } },
      ]),
    );
  }
}
