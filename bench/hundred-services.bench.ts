/**
 * 100 new Services at once to their hostnames. Bound: the calls it takes × the time moto needs for a call when it is asked
 * one at a time, measured in the same run. moto is one Python process, so a controller can't do much better than that.
 */
import { startStage } from '../test/e2e/stage.ts';
import { claim, createMany, hasHostname, startMeasured, tally, untilServices } from './support.ts';

const SERVICES = 100;
const SINGLE = 20;

const stage = await startStage({ nodes: 3 });
try {
  await startMeasured(stage);
  await stage.create({ name: 'warm' });
  await untilServices(stage, 1, 'to have a hostname', hasHostname);

  stage.proxy.reset();
  for (let index = 0; index < SINGLE; index++) {
    await stage.create({ name: `single-${index}` });
    await untilServices(stage, index + 2, 'to have a hostname', hasHostname);
  }
  const timed = stage.proxy.calls.flatMap(({ ms }) => (ms === undefined ? [] : [ms]));
  const msPerCall = timed.reduce((sum, ms) => sum + ms, 0) / timed.length;

  stage.proxy.reset();
  const start = performance.now();
  await createMany(stage, 'many', SERVICES);
  await untilServices(stage, SERVICES + SINGLE + 1, 'to have a hostname', hasHostname);
  const seconds = (performance.now() - start) / 1000;
  const calls = [...stage.proxy.calls];
  const bound = (calls.length * msPerCall) / 1000;
  console.log(`${calls.length} calls (${tally(calls)})`);
  console.log(`moto: ${msPerCall.toFixed(2)} ms a call; bound ${bound.toFixed(2)} s; took ${seconds.toFixed(2)} s`);
  claim(`${SERVICES} Services at once, ratio to the bound`, seconds / bound, 1.3);
} finally {
  await stage.stop();
}
