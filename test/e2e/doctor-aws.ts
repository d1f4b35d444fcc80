/** What `sluice doctor` finds of access to AWS, and of IAM. */
import { CreateTagsCommand, DeleteTagsCommand } from '@aws-sdk/client-ec2';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { said, during, type World } from './doctor-world.ts';
import { CLUSTER } from './stage.ts';

export function awsTests(world: World): void {
  describe('AWS', () => {
    afterEach(() => world.useCloud());

    test.each<[string, () => void | Promise<void>, RegExp]>([
      ['no credentials', () => void vi.stubEnv('AWS_ACCESS_KEY_ID', undefined), /no AWS credentials were found/],
      ['nobody listens', () => void vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1'), /no answer: .*ECONNREFUSED/],
      [
        'wrong credentials',
        () => {
          const answer = {
            status: 401,
            code: 'AuthFailure',
            message: 'AWS was not able to validate the provided access credentials',
          };
          world.stage.proxy.onCall = () => ({ forward: false, answer });
        },
        /the credentials are not usable: AWS was not able to validate/,
      ],
    ])('%s', async (_what, spoil, words) => {
      vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
      vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
      await spoil();
      const report = await world.examine();
      expect(said(report, 'aws-access')).toEqual(['error', expect.stringMatching(words)]);
      expect(said(report, 'subnets')).toEqual(['unknown']);
      expect(report.healthy).toBe(false);
    });

    test('a clock that is far off', async () => {
      vi.stubEnv('AWS_ENDPOINT_URL', await world.front({ url: world.stage.endpoint.url, aheadMs: -290_000 }));
      expect(said(await world.examine(), 'clock')).toEqual([
        'error',
        expect.stringMatching(/is 4m(49|50|51)s ahead of that of AWS/),
      ]);
    });

    test('no answer at all: the report comes in time', async () => {
      world.stage.proxy.onCall = () => ({ forward: false, answer: 'never' });
      const report = await world.examine({ timeoutMs: 1_000 });
      expect(said(report, 'aws-access')).toEqual(['error', expect.stringContaining('no answer within --timeout')]);
    });

    test('a VPC that there is not', async () => {
      const report = await world.examine({ vpcId: 'vpc-0123456789' });
      expect(said(report, 'vpc')).toEqual(['error', 'error vpc-0123456789: does not exist in us-east-1']);
      expect(said(report, 'subnets')).toEqual(['error', 'error vpc-0123456789: has no subnet']);
      expect(said(report, 'nodes')).toEqual([
        'error',
        expect.stringMatching(/left out: the instance is in vpc-\w+, not in vpc-0123456789/),
      ]);
    });

    test('without any permission, each is named', async () => {
      const where = { region: 'us-east-1', vpcId: world.stage.network.vpcId };
      const report = await world.under(
        () => world.examine(where),
        () => true,
      );
      const denied = (check: 'iam-reads' | 'iam-security-groups') =>
        said(report, check).flatMap(
          (line) => /^error arn:aws:sts::\S+assumed-role\/sluice\/test: (\S+) is denied/.exec(line)?.[1] ?? [],
        );
      const reads = world.policy.Statement.find(({ Sid }) => Sid === 'Read')?.Action ?? [];
      expect(denied('iam-reads').sort()).toEqual([...reads].sort());
      expect(denied('iam-security-groups')).toEqual(['ec2:CreateSecurityGroup']);
      expect(said(report, 'aws-access')).toEqual(['ok']);
      expect(report.healthy).toBe(false);
    });

    test('node rules on a group that is not tagged, which the policy does not allow', async () => {
      const input = {
        Resources: [world.stage.network.nodeSecurityGroupId],
        Tags: [{ Key: `kubernetes.io/cluster/${CLUSTER}`, Value: 'owned' }],
      };
      await during(
        () => world.stage.ec2.send(new DeleteTagsCommand(input)),
        () => world.stage.ec2.send(new CreateTagsCommand(input)),
        async () => {
          const report = await world.under(() => world.examine());
          expect(said(report, 'iam-security-groups')).toEqual([
            'error',
            expect.stringContaining('ec2:AuthorizeSecurityGroupIngress is denied on arn:'),
            expect.stringContaining('ec2:RevokeSecurityGroupIngress is denied on arn:'),
          ]);
        },
      );
    });
  });
}
