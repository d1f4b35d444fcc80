/** A list of 10,000 Services: its time, and the memory of the server that holds them; both servers, one after the other. */
import { Client, createServices, residentMegabytes, SERVERS } from './api-support.ts';
import { claim } from './support.ts';

const COUNT = 10_000;
const ROUNDS = 7;

const medians: number[] = [];
for (const { name, start } of SERVERS) {
  const plane = await start(['--service-node-port-range=20000-32767']);
  const client = new Client(plane, 32);
  try {
    await createServices(client, COUNT, 32);
    const times: number[] = [];
    let bytes = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const from = performance.now();
      const { text } = await client.send('GET', '/api/v1/services');
      times.push(performance.now() - from);
      bytes = text.length;
    }
    times.sort((a, b) => a - b);
    const median = times[ROUNDS >> 1] ?? 0;
    medians.push(median);
    const memory = residentMegabytes(plane.pids());
    const size = (bytes / 2 ** 20).toFixed(1);
    console.log(
      `${name}: list of ${COUNT} Services (${size} MB) in ${median.toFixed(0)} ms (median of ${ROUNDS}), ${memory} MB resident`,
    );
  } finally {
    client.close();
    await plane.stop();
  }
}
const [ours = 0, theirs = 0] = medians;
console.log(`ratio ${(theirs / ours).toFixed(1)}`);
claim("the embedded server's time for a list, over kube-apiserver's", ours / theirs, 1);
