/** The SDK's clients against a loopback endpoint: the write guard, attempts, throttling and rate limits. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { DeleteTargetGroupCommand, DescribeTagsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Aws, type AwsOptions, createAws } from '../../src/cloud/aws/client.ts';
import { isRepeated } from '../../src/cloud/aws/errors.ts';
import { createMetrics, type Metrics } from '../../src/runtime/metrics.ts';

let server: Server;
let asked: string[];
/** Error codes to answer with, in turn, before success. */
let refusals: string[];
let refusalStatus: number;
let metrics: Metrics;
let aws: Aws | undefined;

beforeEach(async () => {
  asked = [];
  refusals = [];
  refusalStatus = 400;
  metrics = createMetrics();
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const action = new URLSearchParams(body).get('Action') ?? '';
      asked.push(action);
      const code = refusals.shift();
      const error = `<ErrorResponse><Error><Code>${code}</Code><Message>m</Message></Error></ErrorResponse>`;
      response.writeHead(code ? refusalStatus : 200, { 'content-type': 'text/xml' });
      response.end(code ? error : `<${action}Response><${action}Result/></${action}Response>`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'id');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'key');
});
afterEach(() => {
  aws?.destroy();
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

const create = (options: Partial<AwsOptions> = {}) =>
  (aws = createAws({ region: 'us-east-1', requestTimeoutMs: 5000, rateLimits: 'off', metrics, ...options }));
const read = (client: Aws) => client.elb.send(new DescribeTagsCommand({ ResourceArns: ['a'] }));
const write = (client: Aws) => client.elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: 'a' }));
const counted = async (name: string) =>
  (await metrics.registry.getMetricsAsJSON())
    .find((metric) => metric.name === name)
    ?.values.map(({ labels, value }) => ({ ...labels, value }));

describe('the write guard', () => {
  test('is asked before every write, and not before readings; what it throws is thrown and nothing is sent', async () => {
    const lost = new Error('not the leader');
    const guard = vi.fn(() => {
      throw lost;
    });
    const client = create({ writeGuard: guard });
    await read(client);
    await client.ec2.send(new DescribeSubnetsCommand({}));
    expect(guard).not.toHaveBeenCalled();
    await expect(write(client)).rejects.toThrow('not the leader');
    expect(guard).toHaveBeenCalledTimes(1);
    expect(asked).toEqual(['DescribeTags', 'DescribeSubnets']);
  });

  test('is asked again before a second attempt', async () => {
    refusals = ['Throttling'];
    let leading = true;
    const client = create({
      writeGuard: () => {
        if (!leading) throw new Error('not the leader');
        leading = false;
      },
    });
    await expect(write(client)).rejects.toThrow('not the leader');
    expect(asked).toEqual(['DeleteTargetGroup']);
  });
});

describe('attempts', () => {
  test('a throttled call is sent again, and counted each time', async () => {
    refusals = ['Throttling'];
    const answer = await read(create());
    expect(answer.$metadata.attempts).toBe(2);
    const labels = { service: 'elbv2', operation: 'DescribeTags' };
    expect(await counted('sluice_aws_throttled_total')).toEqual([{ ...labels, value: 1 }]);
    expect(await counted('sluice_aws_requests_total')).toEqual([
      { ...labels, outcome: 'Throttling', value: 1 },
      { ...labels, outcome: 'success', value: 1 },
    ]);
  });

  test.each([
    ['Throttling', 400, false],
    ['RequestLimitExceeded', 503, false],
    ['ServiceUnavailable', 503, true],
    ['InternalFailure', 500, true],
  ])('after %s (%i) a success may be the second: %s', async (code, status, expected) => {
    refusals = [code];
    refusalStatus = status;
    const answer = await write(create());
    expect(asked).toHaveLength(2);
    expect(isRepeated(answer)).toBe(expected);
  });

  test.each(['ResourceInUse', 'TargetGroupNotFound'])(
    '%s is not: that is for those who know what it means',
    async (code) => {
      refusals = [code];
      await expect(write(create())).rejects.toMatchObject({ Code: code });
      expect(asked).toHaveLength(1);
    },
  );
});

describe('rate limits', () => {
  test.each([
    ['auto', undefined, false],
    ['auto', 'true', true],
    ['aws', undefined, true],
    ['off', 'true', false],
  ] as const)('%s, custom endpoints ignored %s: %s', (rateLimits, ignored, expected) => {
    vi.stubEnv('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', ignored);
    expect(create({ rateLimits }).rateLimited).toBe(expected);
  });

  test('hold calls back here', async () => {
    const client = create({ rateLimits: 'aws' });
    const start = performance.now();
    // The 21st write of a burst of 20 waits for 3 a second.
    await Promise.all(Array.from({ length: 21 }, () => write(client)));
    expect(performance.now() - start).toBeGreaterThan(200);
    expect(asked).toHaveLength(21);
  });
});
