import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import { describeWith } from '../support/requirements.ts';
import { type EndpointName, startEndpoint } from '../tools/endpoint.ts';
import { CALLS, type Clients, type Made } from './calls.ts';
import { DIFFERENCES } from './differences.ts';

/** What came of each call, by its name: the answer or the error, in words that don't depend on the run. */
async function answersOf(name: EndpointName): Promise<Record<string, string>> {
  const endpoint = await startEndpoint({ clusterName: 'contract' }, name);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const config = { endpoint: endpoint.url, region: endpoint.network.region, credentials, maxAttempts: 1 };
  const clients: Clients = { ec2: new EC2Client(config), elb: new ElasticLoadBalancingV2Client(config) };
  const made: Made = { network: endpoint.network, front: '', group: '', loadBalancer: '', listener: '' };
  const answers: Record<string, string> = {};
  try {
    for (const call of CALLS) {
      try {
        const answer = (await call.run(clients, made)) as { $metadata: { httpStatusCode?: number } };
        const { $metadata, ...body } = answer;
        answers[call.name] = `${$metadata.httpStatusCode} ${neutral(JSON.stringify(body))}`;
      } catch (error) {
        const { name: code, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
        answers[call.name] = neutral(`${$metadata?.httpStatusCode} ${code}: ${message}`);
      }
    }
  } finally {
    clients.ec2.destroy();
    clients.elb.destroy();
    await endpoint.stop();
  }
  return answers;
}

/** Without ids, addresses and times, which are others in each run. */
function neutral(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{16,17}\b/g, 'ID')
    .replaceAll(/\b(10\.0\.\d+)\.\d+\b/g, '$1.N')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\b\d{12}\b/g, 'ACCOUNT');
}

describeWith(['moto', 'localstack'], 'the AWS endpoints that the tests run against', () => {
  test('answer alike, but for the differences that are listed', async () => {
    const [moto, localstack] = await Promise.all([answersOf('moto'), answersOf('localstack')]);
    const differing = CALLS.map(({ name }) => name).filter((name) => moto[name] !== localstack[name]);
    const found = differing.map((call) => ({ call, moto: moto[call], localstack: localstack[call] }));
    expect(found).toEqual(DIFFERENCES.map(({ source: _, ...difference }) => difference));
  });

  test.each(DIFFERENCES)('$call: the difference cites its source', ({ source }) => {
    expect(source).toMatch(/https:\/\//);
  });
});
