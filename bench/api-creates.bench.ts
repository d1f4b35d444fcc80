/** Creates of Services a second with 32 clients: the embedded API server against kube-apiserver + etcd, one after the other. */
import { Client, createServices, SERVERS } from './api-support.ts';
import { claim } from './support.ts';

const COUNT = 2000;
const CLIENTS = 32;

const rates: number[] = [];
for (const { name, start } of SERVERS) {
  // NodePorts run out after 2,768: a range for all of them.
  const plane = await start(['--service-node-port-range=20000-32767']);
  const client = new Client(plane, CLIENTS);
  try {
    await createServices(client, 200, CLIENTS, 'warm');
    const from = performance.now();
    await createServices(client, COUNT, CLIENTS);
    const rate = COUNT / ((performance.now() - from) / 1000);
    rates.push(rate);
    console.log(`${name}: ${Math.round(rate)} Services a second, ${CLIENTS} clients`);
  } finally {
    client.close();
    await plane.stop();
  }
}
const [ours = 0, theirs = 0] = rates;
console.log(`ratio ${(ours / theirs).toFixed(1)}`);
claim("kube-apiserver's creates a second, over the embedded server's", theirs / ours, 1);
