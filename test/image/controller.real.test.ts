import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLUSTER, type Stage, startStage } from '../e2e/stage.ts';
import { describeWith } from '../support/requirements.ts';
import { waitFor } from '../support/wait.ts';
import { type ImageProgram, startInImage } from '../tools/image.ts';
import { freePort } from '../tools/processes.ts';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/sluice-controller';
/** Where EKS puts the token for a role of a service account, and what it says in the environment. */
const WEB_IDENTITY = 'var/run/secrets/eks.amazonaws.com/serviceaccount/token';
const ROLE = { AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/sluice', AWS_WEB_IDENTITY_TOKEN_FILE: `/${WEB_IDENTITY}` };

describeWith(
  ['control-plane', 'moto', 'helm', 'root'],
  'the image in a cluster, with the service account of the chart',
  () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await startStage({ nodes: 1, uninstalling: true });
    });
    afterAll(() => stage?.stop());

    /** Credentials as in a pod on EKS, both for the API server and for AWS. */
    function start(args: string[], env: Record<string, string> = {}): Promise<ImageProgram> {
      const { token, ca, namespace, url } = stage.account;
      return startInImage(args, {
        serviceAccount: { token, ca, namespace },
        apiServer: url,
        mounts: { [WEB_IDENTITY]: token },
        env: { POD_NAME: 'sluice-0', POD_NAMESPACE: namespace, AWS_ENDPOINT_URL: stage.proxy.url, ...ROLE, ...env },
      });
    }

    test('the controller makes a load balancer, writes its hostname, gives its Lease back at the end, and writes no file', async () => {
      const port = await freePort();
      const address = `127.0.0.1:${port}`;
      const controller = await start(['controller', '--cluster-name', CLUSTER], {
        SLUICE_HEALTH_ADDRESS: address,
        SLUICE_METRICS_ADDRESS: address,
      });
      await stage.create({ name: 'web' });
      await waitFor(
        async () => controller.ended || (await stage.get('web'))?.status?.loadBalancer?.ingress?.[0]?.hostname,
        {
          what: 'the hostname of web',
          timeoutMs: 60_000,
        },
      );
      expect(controller.ended, controller.tail()).toBe(false);
      expect((await stage.cloud()).loadBalancers.map(({ name }) => name)).toEqual([
        expect.stringMatching(/^k8s-default-web-/),
      ]);
      // No key is in the environment: the role's credentials are STS's.
      expect(stage.proxy.calls.map(({ action }) => action)).toContain('AssumeRoleWithWebIdentity');
      expect((await fetch(`http://${address}/readyz`)).status).toBe(200);
      expect(await (await fetch(`http://${address}/metrics`)).text()).toMatch(/^process_cpu_seconds_total /m);
      expect((await stage.kube.request('GET', LEASE)).body.spec.holderIdentity).toMatch(/^sluice-0/);

      await controller.end('SIGTERM', 10_000);
      expect(await controller.exit).toBe(0);
      expect((await stage.kube.request('GET', LEASE)).body.spec.holderIdentity).toBe('');
      expect(controller.tail()).not.toMatch(/"level":"(warn|error)"/);
      expect(controller.root.changes()).toEqual([]);
    });

    test('release frees the Services, and writes no file', async () => {
      const release = await start(['release', '--all']);
      expect(await release.exit, release.tail()).toBe(0);
      expect(release.tail()).toContain('default/web released, cloud resources kept');
      expect((await stage.get('web'))?.metadata.finalizers ?? []).toEqual([]);
      expect(release.root.changes()).toEqual([]);
    });
  },
);
