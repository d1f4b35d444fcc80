/**
 * 100 new Services at once to their hostnames. Bound: the calls it takes × the time moto needs for a call when it is asked
 * one at a time, measured in the same run. moto is one Python process, so a controller can't do much better than that.
 * The proxy that times the calls stands aside while the 100 are made, for it would take a processor's share of its own.
 */
import { startStage } from '../test/e2e/stage.ts';
import { claim, createMany, hasHostname, startMeasured, untilServices } from './support.ts';

const SERVICES = 100;
const SINGLE = 20;

const stage = await startStage({ nodes: 3 });
try {
  const { program } = await startMeasured(stage);
  await stage.create({ name: 'warm' });
  await untilServices(stage, 1, 'to have a hostname', hasHostname);

  stage.proxy.reset();
  for (let index = 0; index < SINGLE; index++) {
    await stage.create({ name: `single-${index}` });
    await untilServices(stage, index + 2, 'to have a hostname', hasHostname);
  }
  const timed = stage.proxy.calls.flatMap(({ ms }) => (ms === undefined ? [] : [ms]));
  const msPerCall = timed.reduce((sum, ms) => sum + ms, 0) / timed.length;
  await program.end();

  const { metrics } = await startMeasured(stage, [], { AWS_ENDPOINT_URL: stage.endpoint.url });
  await stage.create({ name: 'warm-again' });
  await untilServices(stage, SINGLE + 2, 'to have a hostname', hasHostname);
  const callsSoFar = () => metrics.sum('sluice_aws_requests_total');
  const before = await callsSoFar();
  const start = performance.now();
  await createMany(stage, 'many', SERVICES);
  await untilServices(stage, SERVICES + SINGLE + 2, 'to have a hostname', hasHostname);
  const seconds = (performance.now() - start) / 1000;
  const calls = (await callsSoFar()) - before;
  const bound = (calls * msPerCall) / 1000;
  console.log(
    `${calls} calls, ${msPerCall.toFixed(2)} ms each; bound ${bound.toFixed(2)} s; took ${seconds.toFixed(2)} s`,
  );
  claim(`${SERVICES} Services at once, ratio to the bound`, seconds / bound, 1.3);
} finally {
  await stage.stop();
}
