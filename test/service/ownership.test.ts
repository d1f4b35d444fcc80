import { describe, expect, test } from 'vitest';
import type { Service, ServiceSpec } from '../../src/kube/objects.ts';
import { FINALIZER, isHeld, LBC_FINALIZER, ownershipOf, UPSTREAM_FINALIZER } from '../../src/service/ownership.ts';

const TYPE = 'service.beta.kubernetes.io/aws-load-balancer-type';
const TARGET = 'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type';

function service(spec: ServiceSpec, annotations?: Record<string, string>): Service {
  return {
    metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '1', ...(annotations && { annotations }) },
    spec,
  };
}

const LB = 'LoadBalancer' as const;
const both = ['sluice.dev/nlb', 'service.k8s.aws/nlb'];
const own = ['sluice.dev/nlb'];
const [yes, no] = [true, false];

describe('which Services are ours', () => {
  // type, class, type annotation | our classes, classless, LBC active | whose
  test.each([
    // Only load balancers, whatever else is written.
    ['ClusterIP', 'sluice.dev/nlb', undefined, own, yes, no, 'not-ours'],
    ['NodePort', undefined, undefined, own, yes, no, 'not-ours'],
    ['NodePort', undefined, 'external', own, yes, no, 'not-ours'],
    [undefined, 'sluice.dev/nlb', undefined, own, yes, no, 'not-ours'],
    // A class in the set is ours; one that is not is somebody's.
    [LB, 'sluice.dev/nlb', undefined, own, no, no, 'ours'],
    [LB, 'sluice.dev/nlb', undefined, own, no, yes, 'ours'],
    [LB, 'example.com/other', undefined, own, yes, no, 'not-ours'],
    [LB, 'sluice.dev/nlb', undefined, [], yes, no, 'not-ours'],
    // With a class, the type annotation decides nothing.
    [LB, 'sluice.dev/nlb', 'external', own, no, yes, 'ours'],
    [LB, 'sluice.dev/nlb', 'nlb-ip', own, no, yes, 'ours'],
    // LBC's class is opt-in, and then waits for LBC to be gone.
    [LB, 'service.k8s.aws/nlb', undefined, own, yes, no, 'not-ours'],
    [LB, 'service.k8s.aws/nlb', undefined, own, yes, yes, 'not-ours'],
    [LB, 'service.k8s.aws/nlb', undefined, both, no, no, 'ours'],
    [LB, 'service.k8s.aws/nlb', undefined, both, no, yes, 'yield'],
    // No class: only in classless mode, and LBC's annotation still means LBC, running or not.
    [LB, undefined, undefined, own, no, no, 'not-ours'],
    [LB, undefined, undefined, own, yes, no, 'ours'],
    [LB, undefined, undefined, own, yes, yes, 'ours'],
    [LB, undefined, 'nlb', own, yes, no, 'ours'],
    [LB, undefined, 'external', own, yes, no, 'not-ours'],
    [LB, undefined, 'nlb-ip', own, yes, no, 'not-ours'],
    [LB, undefined, 'nlb-ip', own, yes, yes, 'not-ours'],
  ] as const)(
    '%s, class %s, annotated %s | %j classless %s LBC %s → %s',
    (type, cls, annotation, classes, classless, lbcActive, kind) => {
      const spec: ServiceSpec = { ...(type && { type }), ...(cls && { loadBalancerClass: cls }) };
      const subject = service(spec, annotation && { [TYPE]: annotation });
      expect(ownershipOf(subject, { loadBalancerClasses: classes, classless, lbcActive }).kind).toBe(kind);
    },
  );

  test.each(['instance', 'ip'])('external with target type %s is LBC’s too', (target) => {
    const subject = service({ type: LB }, { [TYPE]: 'external', [TARGET]: target });
    const rules = { loadBalancerClasses: own, classless: true, lbcActive: false };
    expect(ownershipOf(subject, rules)).toEqual({ kind: 'not-ours' });
  });

  test('yielding says to whom and why', () => {
    const subject = service({ type: LB, loadBalancerClass: 'service.k8s.aws/nlb' });
    const rules = { loadBalancerClasses: both, classless: false, lbcActive: true };
    expect(ownershipOf(subject, rules)).toEqual({
      kind: 'yield',
      to: 'aws-load-balancer-controller',
      reason: expect.stringContaining('Lease'),
    });
  });
});

describe('held Services', () => {
  test.each([
    [undefined, false],
    [[], false],
    [[LBC_FINALIZER, UPSTREAM_FINALIZER], false],
    [[FINALIZER], true],
    [[UPSTREAM_FINALIZER, FINALIZER], true],
  ])('finalizers %j → %s', (finalizers, held) => {
    const subject = service({ type: LB });
    if (finalizers) subject.metadata.finalizers = finalizers;
    expect(isHeld(subject)).toBe(held);
  });

  test('the names are those that other controllers write and strip', () => {
    expect([FINALIZER, LBC_FINALIZER, UPSTREAM_FINALIZER]).toEqual([
      'sluice.dev/load-balancer',
      'service.k8s.aws/resources',
      'service.kubernetes.io/load-balancer-cleanup',
    ]);
  });
});
