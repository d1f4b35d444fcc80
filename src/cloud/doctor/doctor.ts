/** `sluice doctor`: gathers the facts, lets the pure checks judge them, and says what they found. */
import { createKubeClient } from '../../kube/request.ts';
import { RemoteClock } from './ask.ts';
import type { DoctorConfig } from './config.ts';
import { diagnose } from './diagnose.ts';
import type { Facts } from './facts.ts';
import { gatherAws } from './gather-aws.ts';
import { gatherKube, nothingOfKube } from './gather-kube.ts';
import { failureOf } from './look.ts';
import type { Report } from './report.ts';

export type { Report } from './report.ts';
export { renderJson, renderText } from './render.ts';

/** Never throws for what is wrong with the cluster or the cloud: that is in the report. @throws the reason of `signal` */
export async function runDoctor(config: DoctorConfig, signal: AbortSignal): Promise<Report> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(config.timeoutMs)]);
  const facts = await gather(config, deadline);
  signal.throwIfAborted();
  return diagnose(facts, config);
}

async function gather(config: DoctorConfig, signal: AbortSignal): Promise<Facts> {
  const clocks = { kube: new RemoteClock(), aws: new RemoteClock() };
  const readings = () => ({
    ...(clocks.kube.reading && { kube: clocks.kube.reading }),
    ...(clocks.aws.reading && { aws: clocks.aws.reading }),
  });
  const cloud = { clock: clocks.aws, signal };
  const client = connect(config, clocks.kube);
  if ('failure' in client) {
    const kube = nothingOfKube(client.failure);
    const aws = await gatherAws(config, kube.nodes, cloud);
    return { kube, aws, clocks: readings() };
  }
  try {
    const { nodes, facts } = gatherKube({ client, clock: clocks.kube, signal }, config);
    const [kube, aws] = await Promise.all([facts, nodes.then((listed) => gatherAws(config, listed, cloud))]);
    return { kube, aws, clocks: readings() };
  } finally {
    await client.close();
  }
}

function connect({ kubeconfig }: DoctorConfig, clock: RemoteClock) {
  try {
    return createKubeClient({
      ...(kubeconfig && { kubeconfig }),
      onRequest: (_method, _resource, _status, seconds, headers) => clock.hear(headers?.['date'], seconds * 1000),
    });
  } catch (error) {
    return { failure: failureOf(error) };
  }
}
