/** What `sluice doctor` says of other controllers, and of Services that nobody serves. */
import { describe, expect, test } from 'vitest';
import { checkCloudControllerManager, checkLbc, checkOtherSluice } from '../../src/cloud/doctor/check-controllers.ts';
import { checkServices } from '../../src/cloud/doctor/check-services.ts';
import type { DoctorConfig } from '../../src/cloud/doctor/config.ts';
import { isRenewed, needsSecondLook } from '../../src/cloud/doctor/lease-state.ts';
import type { Service } from '../../src/kube/objects.ts';
import type { Spoiled } from './support/doctor.ts';
import { CONFIG, facts, failed, lease, NOW, said, service, workload } from './support/doctor.ts';

const LBC = 'service.k8s.aws/nlb';
const BOTH = { loadBalancerClasses: ['sluice.dev/nlb', LBC] };
const CLASSLESS = { classless: true };
const kube = (spoiled: Spoiled['kube']) => facts({ ...(spoiled && { kube: spoiled }) }).kube;
type Row = [string, Spoiled['kube'], Partial<DoctorConfig>, string[]];

describe('a Lease', () => {
  test.each([
    ['there is none', lease(0, null, []), false, false],
    ['nobody holds it', lease(0, ''), false, false],
    ['just renewed', lease(2), true, false],
    ['renewed by a clock that is ahead', lease(-10), true, false],
    ['old', lease(20), false, true],
    ['old, and the same at a second look', lease(20, 'pod', ['1', '1']), false, true],
    ['old by a clock that is behind, and renewed meanwhile', lease(600, 'pod', ['1', '2']), true, true],
  ])('%s', (_what, seen, renewed, again) => {
    expect(isRenewed(seen)).toBe(renewed);
    expect(needsSecondLook(seen.first, NOW)).toBe(again);
  });
});

const renewed = { value: lease(2) };
const stale = { value: lease(60, 'pod-1', ['1', '1']) };
const lbcDeployment = workload('kube-system', 'aws-load-balancer-controller', []);
const WEBHOOK = { value: ['aws-load-balancer-webhook'] };

describe('aws-load-balancer-controller', () => {
  const remedy = `kubectl -n kube-system scale deployment aws-load-balancer-controller --replicas=0, or take ${LBC} out of --load-balancer-class`;
  test.each<Row>([
    ['is not here', {}, BOTH, ['ok']],
    ['is at work beside Sluice', { leases: { lbc: renewed } }, {}, ['ok']],
    [
      'is at work, and its class is to be held',
      { leases: { lbc: renewed }, workloads: { value: [lbcDeployment] } },
      BOTH,
      [
        'error',
        `error Deployment kube-system/aws-load-balancer-controller: its Lease is being renewed, so Sluice leaves Services with class ${LBC} to it, although --load-balancer-class names it → ${remedy}`,
      ],
    ],
    [
      'is at work where its Deployment can’t be seen',
      { leases: { lbc: renewed }, workloads: failed('forbidden') },
      BOTH,
      [
        'error',
        expect.stringMatching(
          /^error aws-load-balancer-controller: .* → stop aws-load-balancer-controller, or take/,
        ) as string,
      ],
    ],
    [
      'is installed and down, and its class is to be held',
      { leases: { lbc: stale }, workloads: { value: [lbcDeployment] } },
      BOTH,
      [
        'warning',
        `warning Deployment kube-system/aws-load-balancer-controller: is installed; once it renews its Lease again, Sluice leaves Services with class ${LBC} to it → ${remedy}`,
      ],
    ],
    [
      'is scaled down',
      { leases: { lbc: stale }, workloads: { value: [{ ...lbcDeployment, replicas: 0 }] } },
      BOTH,
      ['ok'],
    ],
    [
      'is gone, and left its webhook',
      { webhooks: WEBHOOK },
      {},
      [
        'warning',
        `warning MutatingWebhookConfiguration aws-load-balancer-webhook: new Services still go through it, and get class ${LBC} or are refused, while aws-load-balancer-controller is not at work → helm upgrade aws-load-balancer-controller with enableServiceMutatorWebhook=false, or delete it: kubectl delete mutatingwebhookconfiguration aws-load-balancer-webhook`,
      ],
    ],
    [
      'gives every Service its class, so that --classless holds none',
      { leases: { lbc: renewed }, webhooks: WEBHOOK },
      CLASSLESS,
      [
        'warning',
        `warning MutatingWebhookConfiguration aws-load-balancer-webhook: new Services without a class get ${LBC} from it, so --classless has nothing to hold → helm upgrade aws-load-balancer-controller with enableServiceMutatorWebhook=false`,
      ],
    ],
    ['gives every Service its class, as it should', { leases: { lbc: renewed }, webhooks: WEBHOOK }, {}, ['ok']],
    ['may not be looked at', { leases: { lbc: failed('forbidden') } }, BOTH, ['unknown']],
    [
      'may not be looked at, and its class is not to be held',
      { leases: { lbc: failed('forbidden') }, workloads: { value: [lbcDeployment] } },
      {},
      ['unknown'],
    ],
    [
      'is installed, and its Lease may not be looked at',
      { leases: { lbc: failed('forbidden', 'no') }, workloads: { value: [lbcDeployment] } },
      BOTH,
      [
        'warning',
        `warning Deployment kube-system/aws-load-balancer-controller: is installed, and ${LBC} is in --load-balancer-class; its Lease: no → ${remedy}`,
      ],
    ],
  ])('%s', (_what, spoiled, config, expected) => {
    expect(said(checkLbc(kube(spoiled), { ...CONFIG, ...config }))).toEqual(expected);
  });
});

test.each<[string, Spoiled['kube']]>([
  ['is at work', { leases: { lbc: renewed } }],
  ['is installed, and not at work', { workloads: { value: [lbcDeployment] } }],
  ['is not at work', { workloads: failed('forbidden') }],
  ['is not here', {}],
])('aws-load-balancer-controller %s', (summary, spoiled) => {
  expect(checkLbc(kube(spoiled), CONFIG).summary).toBe(summary);
});

const ccm = (...args: string[]) => workload('kube-system', 'cloud-controller-manager', args, { kind: 'DaemonSet' });

describe('a cloud-controller-manager', () => {
  const problem = 'takes Services without a class, and with --classless Sluice takes them too';
  const remedy = 'run it with --controllers=*,-service-lb-controller, or leave out --classless';
  const taken = (who: string) => ['error', `error ${who}: ${problem} → ${remedy}`];
  const daemonSet = taken('DaemonSet kube-system/cloud-controller-manager');
  test.each<Row>([
    ['none', {}, CLASSLESS, ['ok']],
    ['one, and Sluice is not classless', { workloads: { value: [ccm()] } }, {}, ['ok']],
    ['one with all its controllers', { workloads: { value: [ccm('--cloud-provider=aws')] } }, CLASSLESS, daemonSet],
    [
      'one with the controller by name',
      { workloads: { value: [ccm('--controllers=service,cloud-node')] } },
      CLASSLESS,
      daemonSet,
    ],
    ['one without it', { workloads: { value: [ccm('--controllers=*,-service')] } }, CLASSLESS, ['ok']],
    [
      'one without it, by its new name',
      { workloads: { value: [ccm('--controllers=*,-service-lb-controller')] } },
      CLASSLESS,
      ['ok'],
    ],
    ['one with others only', { workloads: { value: [ccm('--controllers=cloud-node')] } }, CLASSLESS, ['ok']],
    [
      'the Lease of one without it',
      { leases: { ccm: renewed }, workloads: { value: [ccm('--controllers=*,-service')] } },
      CLASSLESS,
      ['ok'],
    ],
    ['one that has no pods', { workloads: { value: [{ ...ccm(), replicas: 0 }] } }, CLASSLESS, ['ok']],
    ['one of another namespace’s name', { workloads: { value: [{ ...ccm(), namespace: 'shop' }] } }, CLASSLESS, ['ok']],
    [
      'one by its image',
      {
        workloads: {
          value: [
            workload('kube-system', 'aws', [], { containers: [{ image: 'k8s/cloud-controller-manager:1', args: [] }] }),
          ],
        },
      },
      CLASSLESS,
      taken('Deployment kube-system/aws'),
    ],
    [
      'one outside the cluster, by its Lease',
      { leases: { ccm: renewed } },
      CLASSLESS,
      taken('pod-1 (Lease kube-system/cloud-controller-manager)'),
    ],
    ['the Lease of one that is gone', { leases: { ccm: stale } }, CLASSLESS, ['ok']],
    [
      'EKS’s own',
      { version: { value: 'v1.34.1-eks-7f3a1b2' } },
      CLASSLESS,
      [
        'error',
        `error EKS's own cloud-controller-manager: ${problem} → leave out --classless, and give Services class sluice.dev/nlb (the chart can make it the default)`,
      ],
    ],
    ['EKS’s own, and Sluice is not classless', { version: { value: 'v1.34.1-eks-7f3a1b2' } }, {}, ['ok']],
    [
      'not to be looked at',
      { leases: { ccm: failed('forbidden') }, workloads: failed('forbidden') },
      CLASSLESS,
      ['unknown'],
    ],
    [
      'seen by its Lease where the rest can’t be',
      { leases: { ccm: renewed }, workloads: failed('forbidden') },
      CLASSLESS,
      ['error', expect.any(String) as string],
    ],
  ])('%s', (_what, spoiled, config, expected) => {
    expect(said(checkCloudControllerManager(kube(spoiled), { ...CONFIG, ...config }))).toEqual(expected);
  });
});

describe('another Sluice', () => {
  const sluice = (namespace: string, ...args: string[]) =>
    workload(namespace, 'sluice-controller', ['controller', '--cluster-name=prod', ...args]);
  const check = (spoiled: Spoiled['kube'], config: Partial<DoctorConfig> = {}) =>
    checkOtherSluice(kube(spoiled), { ...CONFIG, ...config });
  const own = { own: renewed };

  test.each<[string, Spoiled['kube'], Partial<DoctorConfig>]>([
    ['none', {}, {}],
    ['the one that is installed', { workloads: { value: [sluice('kube-system')] }, leases: own }, {}],
    ['the one that is installed elsewhere than the flags say', { workloads: { value: [sluice('lb')] } }, {}],
    [
      'two that share a Lease',
      {
        workloads: { value: [sluice('kube-system'), sluice('lb', '--leader-elect-namespace=kube-system')] },
        leases: own,
      },
      {},
    ],
    [
      'one with other classes',
      { workloads: { value: [sluice('kube-system'), sluice('lb', '--load-balancer-class=b,c')] } },
      {},
    ],
    [
      'one that is scaled down',
      { workloads: { value: [sluice('kube-system'), { ...sluice('lb'), replicas: 0 }] } },
      {},
    ],
    [
      'one that takes classless ones no more',
      {
        workloads: {
          value: [sluice('kube-system', '--classless'), sluice('lb', '--load-balancer-class=b', '--classless=false')],
        },
      },
      CLASSLESS,
    ],
    [
      'what is no controller',
      { workloads: { value: [sluice('kube-system'), workload('lb', 'sluice', ['release', '--all'])] } },
      {},
    ],
  ])('no harm: %s', (_what, spoiled, config) => {
    expect(check(spoiled, config).status).toBe('ok');
  });

  const finding = (who: string, under: string, classes = 'class sluice.dev/nlb') =>
    `error ${who}: holds the same Services (${classes}) as another, under Lease ${under} of its own → remove all but one, give each classes of its own (--load-balancer-class), or one Lease to all (--leader-elect-lease-name)`;
  test.each<Row>([
    [
      'in another namespace',
      { workloads: { value: [sluice('kube-system'), sluice('lb')] } },
      {},
      [
        'error',
        finding('Deployment kube-system/sluice-controller', 'kube-system/sluice-controller'),
        finding('Deployment lb/sluice-controller', 'lb/sluice-controller'),
      ],
    ],
    [
      'under another name of the Lease',
      { workloads: { value: [sluice('lb', '--leader-elect-lease-name=x')] }, leases: own },
      {},
      [
        'error',
        finding('Deployment lb/sluice-controller', 'lb/x'),
        finding('the holder of Lease kube-system/sluice-controller, pod-1', 'kube-system/sluice-controller'),
      ],
    ],
    [
      'without a Lease, for classless ones too',
      {
        workloads: {
          value: [
            sluice('a', '--leader-elect=false', '--classless', '--load-balancer-class=q'),
            sluice('b', '--classless=true'),
          ],
        },
      },
      CLASSLESS,
      [
        'error',
        finding('Deployment a/sluice-controller', 'none (a/sluice-controller)', 'class sluice.dev/nlb or none'),
        finding('Deployment b/sluice-controller', 'b/sluice-controller', 'class sluice.dev/nlb or none'),
      ],
    ],
  ])('%s', (_what, spoiled, config, expected) => {
    expect(said(check(spoiled, config))).toEqual(expected);
  });

  test('not to be looked at', () => {
    expect(check({ workloads: failed('forbidden') }).status).toBe('unknown');
  });
});

describe('Services', () => {
  const check = (services: Service[], spoiled: Spoiled['kube'] = {}, config: Partial<DoctorConfig> = {}) =>
    said(checkServices(kube({ ...spoiled, services: { value: services } }), { ...CONFIG, ...config }));
  const bare = service('web');
  const lbcs = service('web', { spec: { type: 'LoadBalancer', loadBalancerClass: LBC } });
  const external = service('web', { annotations: { 'service.beta.kubernetes.io/aws-load-balancer-type': 'external' } });
  const NOBODY = [
    'warning',
    'warning Service shop/web: waits for a load balancer: it has no class, and nothing here takes Services without one → make it anew with spec.loadBalancerClass: sluice.dev/nlb (a class can only be given at creation, or when the type changes), or run Sluice with --classless',
  ];

  test.each<[string, Service, Spoiled['kube'], Partial<DoctorConfig>, string[]]>([
    ['without a class, where nobody takes them', bare, {}, {}, NOBODY],
    ['without a class, where LBC does not give one', bare, { leases: { lbc: renewed } }, {}, NOBODY],
    ['without a class, for Sluice', bare, {}, CLASSLESS, ['ok']],
    ['without a class, on EKS', bare, { version: { value: 'v1.34.0-eks-1' } }, {}, ['ok']],
    ['without a class, for a cloud-controller-manager', bare, { workloads: { value: [ccm()] } }, {}, ['ok']],
    [
      'without a class, where it can’t be told',
      bare,
      { workloads: failed('forbidden'), leases: { ccm: failed('forbidden') } },
      {},
      ['ok'],
    ],
    ['without a class, and LBC’s webhook', bare, { leases: { lbc: renewed }, webhooks: WEBHOOK }, {}, ['ok']],
    ['that are served', { ...bare, status: { loadBalancer: { ingress: [{ hostname: 'x' }] } } }, {}, {}, ['ok']],
    ['of another type', service('web', { spec: { type: 'ClusterIP' } }), {}, {}, ['ok']],
    [
      'of a class that is nobody’s we know',
      service('web', { spec: { type: 'LoadBalancer', loadBalancerClass: 'x' } }),
      {},
      {},
      ['ok'],
    ],
    ['of LBC’s class, with LBC', lbcs, { leases: { lbc: renewed } }, {}, ['ok']],
    ['of LBC’s class, which Sluice holds', lbcs, {}, BOTH, ['ok']],
    [
      'of LBC’s class, without LBC',
      lbcs,
      {},
      {},
      [
        'warning',
        `warning Service shop/web: waits for a load balancer: its class is ${LBC}, and aws-load-balancer-controller is not at work → add ${LBC} to --load-balancer-class (sluice.dev/nlb,${LBC})`,
      ],
    ],
    ['for LBC by annotation, with LBC', external, { leases: { lbc: renewed } }, CLASSLESS, ['ok']],
    [
      'for LBC by annotation, without LBC',
      external,
      {},
      CLASSLESS,
      [
        'warning',
        'warning Service shop/web: waits for a load balancer: its annotation aws-load-balancer-type asks for aws-load-balancer-controller, which is not at work → take the annotation off',
      ],
    ],
    [
      'that were released',
      service('web', {
        spec: { type: 'LoadBalancer', loadBalancerClass: 'sluice.dev/nlb' },
        annotations: { 'sluice.dev/released': '' },
      }),
      {},
      {},
      [
        'warning',
        'warning Service shop/web: is marked sluice.dev/released, so Sluice leaves it alone → to have Sluice hold it again: kubectl -n shop annotate service web sluice.dev/released-',
      ],
    ],
    [
      'that were released, of others’ classes',
      service('web', {
        spec: { type: 'LoadBalancer', loadBalancerClass: 'x' },
        annotations: { 'sluice.dev/released': '' },
      }),
      {},
      {},
      ['ok'],
    ],
  ])('%s', (_what, one, spoiled, config, expected) => {
    expect(check([one], spoiled, config)).toEqual(expected);
  });

  test('not to be listed', () => {
    expect(checkServices(kube({ services: failed('forbidden') }), CONFIG).status).toBe('unknown');
  });
});
