/** Fan-out: one change to 100 watchers, from the request to the last watcher's event; both servers, one after the other. */
import { Client, service, SERVERS, SERVICES } from './api-support.ts';
import { claim } from './support.ts';

const WATCHERS = 100;
const CHANGES = 200;

const medians: number[] = [];
for (const { name, start } of SERVERS) {
  const plane = await start([]);
  const client = new Client(plane, WATCHERS + 1);
  try {
    const { text } = await client.send('GET', SERVICES);
    const { resourceVersion } = JSON.parse(text).metadata;
    let seen = 0;
    let all = () => {};
    const watch = `${SERVICES}?watch=1&resourceVersion=${resourceVersion}`;
    for (let index = 0; index < WATCHERS; index++) {
      await client.watch(watch, () => {
        seen++;
        if (seen === WATCHERS) all();
      });
    }
    const times: number[] = [];
    for (let index = 0; index < CHANGES; index++) {
      seen = 0;
      const done = new Promise<void>((resolve) => (all = resolve));
      const from = performance.now();
      await client.send('POST', SERVICES, service(`w-${index}`));
      await done;
      times.push(performance.now() - from);
    }
    times.sort((a, b) => a - b);
    const median = times[CHANGES >> 1] ?? 0;
    medians.push(median);
    const p99 = times[Math.floor(CHANGES * 0.99)] ?? 0;
    console.log(
      `${name}: a create and its event at ${WATCHERS} watchers, median ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
    );
  } finally {
    client.close();
    await plane.stop();
  }
}
const [ours = 0, theirs = 0] = medians;
console.log(`ratio ${(theirs / ours).toFixed(1)}`);
claim("the embedded server's time to all watchers, over kube-apiserver's", ours / theirs, 1);
