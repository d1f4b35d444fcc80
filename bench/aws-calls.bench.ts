/**
 * How many AWS calls a Service costs. Peer: aws-load-balancer-controller 3.5.0, measured against a counting fake: 24 calls
 * to create a one-port Service, 2,042 to restart over 100 converged ones.
 */
import {
  DeleteListenerCommand,
  DeregisterTargetsCommand,
  DescribeLoadBalancerAttributesCommand,
  ModifyLoadBalancerAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { startStage } from '../test/e2e/stage.ts';
import { waitFor } from '../test/support/wait.ts';
import { claim, createMany, isHealthy, isWrite, startMeasured, tally, untilServices } from './support.ts';

const LBC_CREATE = 24;
const LBC_RESTART = 2042;
const SERVICES = 100;
const DRIFT_PERIOD_S = 30;

const stage = await startStage({ nodes: 3 });
try {
  const first = await startMeasured(stage);
  await stage.create({ name: 'first' });
  await untilServices(stage, 1, 'to be healthy', isHealthy);
  const before = stage.proxy.calls.length;
  await stage.create({ name: 'second' });
  await untilServices(stage, 2, 'to be healthy', isHealthy);
  const create = stage.proxy.calls.slice(before);
  console.log(`create: ${tally(create)}`);
  console.log(`ratio to LBC: ${(create.length / LBC_CREATE).toFixed(2)}`);
  claim('AWS calls to create one one-port Service, to healthy targets', create.length, 10);

  await createMany(stage, 'many', SERVICES - 3);
  await stage.create({
    name: 'attribute',
    annotations: {
      'service.beta.kubernetes.io/aws-load-balancer-attributes': 'load_balancing.cross_zone.enabled=true',
    },
  });
  const digest = (service: { metadata: { annotations?: Record<string, string> } }) =>
    /"digest":"\w+"/.test(service.metadata.annotations?.['sluice.dev/last-applied'] ?? '');
  await untilServices(stage, SERVICES, 'to be converged', (service) => isHealthy(service) && digest(service));
  await first.program.end('SIGTERM');

  stage.proxy.reset();
  const second = await startMeasured(stage);
  await waitFor(async () => (await second.metrics.sum('sluice_reconcile_total', 'success')) >= SERVICES, {
    what: 'every Service to be looked at',
    timeoutMs: 60_000,
  });
  const restart = [...stage.proxy.calls];
  const each = restart.filter(({ action }) => ['DescribeListeners', 'DescribeTargetHealth'].includes(action));
  console.log(`restart over ${SERVICES} converged Services: ${tally(restart)}`);
  console.log(`ratio to LBC: ${(restart.length / LBC_RESTART).toFixed(2)}`);
  claim('calls for each Service', each.length / SERVICES, 2);
  claim('shared pages', restart.length - each.length, 20);
  claim('writes', restart.filter(isWrite).length, 0);
  await second.program.end('SIGTERM');

  const { loadBalancers, targetGroups } = await stage.cloud();
  const named = (name: string) => loadBalancers.find((lb) => lb.tags['service.k8s.aws/stack'] === `default/${name}`);
  const listenerLost = named('many-0');
  const stripped = targetGroups.find((group) => group.tags['service.k8s.aws/stack'] === 'default/many-1');
  const changed = named('attribute');
  const listenerArn = await stage.listenerArn(listenerLost?.arn ?? '', 80);
  await stage.elb.send(new DeleteListenerCommand({ ListenerArn: listenerArn }));
  const targets = (stripped?.targets ?? []).map((target) => ({ Id: target.split(':')[0] as string }));
  await stage.elb.send(new DeregisterTargetsCommand({ TargetGroupArn: stripped?.arn, Targets: targets }));
  const attribute = { Key: 'load_balancing.cross_zone.enabled', Value: 'false' };
  const input = { LoadBalancerArn: changed?.arn, Attributes: [attribute] };
  await stage.elb.send(new ModifyLoadBalancerAttributesCommand(input));

  const start = performance.now();
  await startMeasured(stage, ['--drift-period', `${DRIFT_PERIOD_S}s`]);
  const repaired = async (what: string, look: () => Promise<boolean>) => {
    await waitFor(look, { what, timeoutMs: 2 * DRIFT_PERIOD_S * 1000, intervalMs: 100 });
    claim(`seconds to repair ${what}, changed while down`, (performance.now() - start) / 1000, DRIFT_PERIOD_S);
  };
  await repaired('a deleted listener', async () => {
    const lb = (await stage.cloud()).loadBalancers.find(({ arn }) => arn === listenerLost?.arn);
    return lb?.listeners.length === 1;
  });
  await repaired('stripped targets', async () => {
    const group = (await stage.cloud()).targetGroups.find(({ arn }) => arn === stripped?.arn);
    return group?.targets.length === targets.length;
  });
  await repaired('a changed attribute', async () => {
    const answer = await stage.elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: changed?.arn }));
    return (answer.Attributes ?? []).some(({ Key, Value }) => Key === attribute.Key && Value === 'true');
  });
} finally {
  await stage.stop();
}
