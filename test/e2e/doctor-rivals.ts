/** What `sluice doctor` finds of other controllers, and of Services. */
import { describe, expect, test } from 'vitest';
import { apiServerName } from '../tools/api-server.ts';
import { makeDeployment, makeLease, microTime, notOk, said, send, during, type World } from './doctor-world.ts';
import { eventually } from './look.ts';
import { CLUSTER, condition } from './stage.ts';

const BOTH = ['sluice.dev/nlb', 'service.k8s.aws/nlb'];

export function rivalTests(world: World): void {
  describe('other controllers', () => {
    test('aws-load-balancer-controller at work, told by one look or by two', async () => {
      const remove = await makeLease(world.stage, 'aws-load-balancer-controller-leader');
      const problem = expect.stringContaining('its Lease is being renewed');
      await during(
        async () => {},
        remove,
        async () => {
          expect(said(await world.examine({ loadBalancerClasses: BOTH }), 'aws-load-balancer-controller')).toEqual([
            'error',
            problem,
          ]);
          expect(said(await world.examine(), 'aws-load-balancer-controller')).toEqual(['ok']);
        },
      );
      // One whose clock is an hour behind renews all the same.
      const removeOld = await makeLease(world.stage, 'aws-load-balancer-controller-leader', 3_600_000);
      const path = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/aws-load-balancer-controller-leader';
      const renewing = setInterval(() => {
        void world.stage.kube.request('PATCH', path, { spec: { renewTime: microTime(3_600_000) } });
      }, 1_000);
      await during(
        async () => {},
        async () => {
          clearInterval(renewing);
          await removeOld();
        },
        async () => {
          expect(said(await world.examine({ loadBalancerClasses: BOTH }), 'aws-load-balancer-controller')).toEqual([
            'error',
            problem,
          ]);
        },
      );
    });

    // The embedded API server has no webhooks, and a test that can't be is not one that was skipped.
    const cases = apiServerName() === 'kube-apiserver' ? ['aws-load-balancer-webhook'] : [];
    test.each(cases)("aws-load-balancer-controller's webhook: %s", async (name) => {
      const webhooks = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
      const webhook = {
        name: 'mservice.elbv2.k8s.aws',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Ignore',
        clientConfig: { url: 'https://127.0.0.1:1/' },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['services'] }],
      };
      await during(
        () => send(world.stage, 'POST', webhooks, { metadata: { name }, webhooks: [webhook] }),
        () => send(world.stage, 'DELETE', `${webhooks}/${name}`),
        async () => {
          expect(said(await world.examine(), 'aws-load-balancer-controller')).toEqual([
            'warning',
            expect.stringContaining(
              'MutatingWebhookConfiguration aws-load-balancer-webhook: new Services still go through it',
            ),
          ]);
        },
      );
    });

    test('a cloud-controller-manager that takes Services without a class; another Sluice', async () => {
      await send(world.stage, 'POST', '/api/v1/namespaces', { metadata: { name: 'lb' } });
      const labels = { 'app.kubernetes.io/name': 'sluice' };
      const sluice = ['controller', `--cluster-name=${CLUSTER}`];
      const undo = [
        await makeDeployment(world.stage, 'kube-system', 'aws-cloud-controller-manager', ['--cloud-provider=aws']),
        await makeDeployment(world.stage, 'kube-system', 'sluice-controller', sluice, labels),
        await makeDeployment(world.stage, 'lb', 'sluice-controller', sluice, labels),
      ];
      await during(
        async () => {},
        () => Promise.all(undo.map((each) => each())),
        async () => {
          const report = await world.examine({ classless: true });
          expect(said(report, 'cloud-controller-manager')).toEqual([
            'error',
            expect.stringContaining(
              'Deployment kube-system/aws-cloud-controller-manager: takes Services without a class',
            ),
          ]);
          expect(said(report, 'other-sluice')).toEqual([
            'error',
            expect.stringContaining('Deployment kube-system/sluice-controller: holds the same Services'),
            expect.stringContaining('Deployment lb/sluice-controller: holds the same Services'),
          ]);
        },
      );
      const remove = await makeLease(world.stage, 'cloud-controller-manager');
      const report = await world.examine({ classless: true });
      await remove();
      expect(said(report, 'cloud-controller-manager')).toEqual([
        'error',
        expect.stringContaining('rival-1 (Lease kube-system/'),
      ]);
    });
  });

  describe('Services', () => {
    test('nobody’s, and released ones', async () => {
      await send(world.stage, 'POST', '/api/v1/namespaces/default/services', {
        metadata: { name: 'nobodys' },
        spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
      });
      await world.stage.create({ name: 'released', annotations: { 'sluice.dev/released': '' } });
      expect(said(await world.examine(), 'services')).toEqual([
        'warning',
        'warning Service default/released: is marked sluice.dev/released, so Sluice leaves it alone',
        expect.stringContaining('Service default/nobodys: waits for a load balancer: it has no class'),
      ]);
      await Promise.all(['nobodys', 'released'].map((name) => world.stage.remove(name)));
    });

    test('what IAM refused the controller, and what it allowed', async () => {
      const denied = (action: string) => action === 'elasticloadbalancing:CreateLoadBalancer';
      await world.stage.controller(['--node-sg-rule-budget', '100']);
      await world.under(async () => {
        await world.stage.create({ name: 'web' });
        await eventually(async () =>
          expect(condition(await world.stage.get('web'), 'Provisioned')?.message).toMatch(/AccessDenied/),
        );
      }, denied);
      const report = await world.examine({ nodeSgRuleBudget: 100 });
      expect(said(report, 'iam-load-balancers')).toEqual([
        'error',
        expect.stringMatching(
          /Service default\/web: elasticloadbalancing:CreateLoadBalancer was denied for arn:aws:sts::\d+:assumed-role\/sluice\/test on arn:/,
        ),
      ]);
      await world.stage.patch('web', { metadata: { annotations: { retry: 'now' } } });
      await world.stage.hostname('web');
      // Now there are security groups of the cluster's own to try changes on.
      const after = await world.under(() => world.examine({ nodeSgRuleBudget: 100 }));
      expect(notOk(after)).toEqual([]);
      expect(after.checks.find(({ check }) => check === 'iam-security-groups')?.summary).toMatch(/^6 actions allowed$/);
      const cloud = await world.stage.cloud();
      const less = await world.under(
        () => world.examine(),
        (action) => /^ec2:(Delete|Create)Tags$/.test(action),
      );
      expect(said(less, 'iam-security-groups')).toEqual([
        'error',
        expect.stringMatching(/ec2:CreateTags is denied on \S+:security-group\/sg-0:/),
        expect.stringMatching(/ec2:CreateTags is denied on \S+:security-group\/sg-\w{2,}:/),
        expect.stringMatching(/ec2:DeleteTags is denied/),
      ]);
      expect(await world.stage.cloud()).toEqual(cloud);
    });
  });
}
