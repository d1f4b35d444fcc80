/** What `sluice doctor` finds at the API server. */
import { describe, expect, test } from 'vitest';
import { KUBE_PERMISSIONS } from '../../src/cloud/kube-permissions.ts';
import { kubeconfig, said, send, during, type World } from './doctor-world.ts';
import { eventually } from './look.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

export function apiServerTests(world: World): void {
  describe('the API server', () => {
    const tls = () => ({
      server: world.stage.kube.url,
      'certificate-authority-data': Buffer.from(world.stage.kube.ca).toString('base64'),
    });
    test.each<[string, () => string, RegExp]>([
      ['no kubeconfig', () => '/nowhere', /no such file/],
      [
        'nobody listens',
        () => kubeconfig(world.stage, 'closed', { server: 'https://127.0.0.1:1' }),
        /no answer: .*ECONNREFUSED/,
      ],
      [
        'a foreign authority',
        () => kubeconfig(world.stage, 'tls', { server: world.stage.kube.url }),
        /its certificate is not trusted/,
      ],
      [
        'a wrong token',
        () => kubeconfig(world.stage, 'token', tls(), { token: 'x' }),
        /does not accept these credentials/,
      ],
      ['AWS in its place', () => kubeconfig(world.stage, 'aws', { server: world.stage.endpoint.url }), /404/],
    ])('%s', async (_what, file, words) => {
      const report = await world.examine({ kubeconfig: file() });
      const [status, finding, ...more] = said(report, 'kubernetes-api');
      expect([status, more]).toEqual(['error', []]);
      expect(finding).toMatch(words);
      expect(report.healthy).toBe(false);
      expect(said(report, 'nodes')).toEqual(['unknown']);
    });

    test('versions, and a clock that is off', async () => {
      const { url, ca } = world.stage.kube;
      const old = kubeconfig(world.stage, 'old', {
        server: await world.front({ url, ca, gitVersion: 'v1.31.4-eks-113cf36', aheadMs: 45_000 }),
      });
      const report = await world.examine({ kubeconfig: old, classless: true });
      expect(said(report, 'kubernetes-version')).toEqual([
        'error',
        expect.stringContaining('v1.31.4-eks-113cf36 is older than 1.32'),
      ]);
      expect(said(report, 'clock')).toEqual([
        'warning',
        expect.stringMatching(/clock of this machine: is 4[456]s behind that of the API server/),
      ]);
      expect(said(report, 'cloud-controller-manager')).toEqual(['error', expect.stringContaining("EKS's own")]);
      const young = kubeconfig(world.stage, 'young', { server: await world.front({ url, ca, gitVersion: 'v1.99.0' }) });
      expect(said(await world.examine({ kubeconfig: young }), 'kubernetes-version')).toEqual([
        'warning',
        expect.stringContaining('newer'),
      ]);
    });

    test('every permission that the account lacks', async () => {
      const roles = [
        `${RBAC}/clusterroles/sluice-controller`,
        `${RBAC}/namespaces/kube-system/roles/sluice-controller-leader-election`,
      ];
      const before = await Promise.all(
        roles.map(async (path) => (await world.stage.kube.request('GET', path)).body as { rules: unknown }),
      );
      const put = (rules: (index: number) => unknown) => () =>
        Promise.all(roles.map((path, index) => send(world.stage, 'PATCH', path, { rules: rules(index) })));
      await during(
        put(() => []),
        put((index) => before[index]?.rules),
        async () => {
          const [status, ...findings] = await eventually(async () => {
            const all = said(await world.examine({ serviceAccount: world.serviceAccount }), 'kubernetes-permissions');
            expect(all).toHaveLength(12);
            return all;
          });
          expect(status).toBe('error');
          const needed = KUBE_PERMISSIONS.filter(({ user, when }) => user === 'controller' && when !== 'lbc');
          for (const [index, { verb, resource }] of needed.entries()) {
            expect(findings[index]).toContain(
              `error service account ${world.serviceAccount}: may not ${verb} ${resource}`,
            );
          }
        },
      );
    });

    test('an account that there is not; an asker who may not ask', async () => {
      const absent = await world.examine({ serviceAccount: 'kube-system/slucie' });
      expect(said(absent, 'kubernetes-permissions')[1]).toBe(
        'error service account kube-system/slucie: does not exist',
      );
      const report = await world.examine({
        kubeconfig: world.stage.account.kubeconfig,
        serviceAccount: world.serviceAccount,
      });
      expect(said(report, 'kubernetes-permissions')).toEqual(['unknown']);
      expect(report.healthy).toBe(false);
    });
  });
}
