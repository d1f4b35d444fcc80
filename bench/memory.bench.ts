/** Memory of the controller at 1,000 Services and 100 nodes, converged. No peer runs here; the figure is for the record. */
import { startStage } from '../test/e2e/stage.ts';
import { createMany, hasHostname, startMeasured, untilServices } from './support.ts';

const SERVICES = 1000;
const NODES = 100;

const stage = await startStage({ nodes: NODES });
try {
  const { metrics } = await startMeasured(stage);
  await createMany(stage, 'many', SERVICES);
  await untilServices(stage, SERVICES, 'to have a hostname', hasHostname, 20 * 60_000);
  const megabytes = async (name: string) => Math.round((await metrics.sum(name)) / 2 ** 20);
  console.log(`${SERVICES} Services, ${NODES} nodes: ${await megabytes('process_resident_memory_bytes')} MB resident,`);
  console.log(`heap used ${await megabytes('nodejs_heap_size_used_bytes')} MB`);
} finally {
  await stage.stop();
}
