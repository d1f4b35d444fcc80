/**
 * A pod becomes ready: from the write of its status to a watcher that sees a slice with it ready. 50 Services of 10 pods,
 * one change at a time; both controllers in turns on one kube-apiserver.
 */
import {
  addressOf,
  CORE,
  CONTROLLERS,
  inParallel,
  layOut,
  podName,
  quantile,
  ok,
  setReady,
  withReady,
  SLICES,
  startPlane,
} from './slice-support.ts';
import { claim } from './support.ts';

const SERVICES = 50;
const PODS = 10;
/** Turns of each, so that what else the machine does falls on both. */
const ROUNDS = 4;
const CHANGES = 150;

interface Endpoint {
  addresses: string[];
  conditions: { ready: boolean };
}

const services = Array.from({ length: SERVICES }, (_, i) => i);
const { plane, client } = await startPlane();
const times: Record<string, number[]> = {};
try {
  await layOut(client, SERVICES, PODS);
  for (const { name, start } of Array.from({ length: ROUNDS }, () => CONTROLLERS).flat()) {
    /** Whether an address is ready, as the watcher saw it last. */
    const seen = new Map<string, boolean>();
    let look = () => {};
    const { resourceVersion } = JSON.parse((await client.send('GET', SLICES)).text).metadata;
    const end = await client.watch(`${SLICES}?watch=1&resourceVersion=${resourceVersion}`, (line) => {
      for (const { addresses, conditions } of (JSON.parse(line).object.endpoints ?? []) as Endpoint[]) {
        seen.set(addresses[0] ?? '', conditions.ready);
      }
      look();
    });
    const until = (done: () => boolean) =>
      new Promise<void>((resolve) => {
        look = () => {
          if (done()) resolve();
        };
        look();
      });
    const controller = await start(plane);
    // It finds the slices of the one before: a change in each Service tells that it is at work.
    const change = async (service: number, pod: number, ready: boolean): Promise<number> => {
      const ip = addressOf(service, pod);
      const name = podName(service, pod);
      const next = await withReady(client, name, ready, ip);
      const from = performance.now();
      await ok(client, 'PUT', `${CORE}/pods/${name}/status`, next);
      await until(() => seen.get(ip) === ready);
      return performance.now() - from;
    };
    await inParallel(services, (service) => setReady(client, podName(service, 0), false, addressOf(service, 0)));
    await until(() => services.every((service) => seen.get(addressOf(service, 0)) === false));
    await inParallel(services, (service) => setReady(client, podName(service, 0), true, addressOf(service, 0)));
    await until(() => services.every((service) => seen.get(addressOf(service, 0)) === true));
    times[name] ??= [];
    for (let i = 0; i < CHANGES; i++) {
      const service = i % SERVICES;
      const pod = 1 + (Math.floor(i / SERVICES) % (PODS - 1));
      await change(service, pod, false);
      times[name].push(await change(service, pod, true));
    }
    end();
    await controller.end();
  }
} finally {
  client.close();
  await plane.stop();
}
const [ours = 0, theirs = 0] = CONTROLLERS.map(({ name }) => {
  const all = times[name] ?? [];
  const [p50, p99, most] = [0.5, 0.99, 1].map((part) => quantile(all, part).toFixed(1));
  console.log(
    `${name}: pod ready to slice seen, p50 ${p50} ms, p99 ${p99} ms, longest ${most} ms (${all.length} changes)`,
  );
  return quantile(all, 0.5);
});
console.log(`ratio of the medians ${(theirs / ours).toFixed(2)}`);
claim("Sluice's time from pod ready to slice, over the real controller's", ours / theirs, 1.25);
