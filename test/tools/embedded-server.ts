/** A program of the tests: the embedded API server, as `sluice cluster` starts it, with one thing more: SIGUSR2 compacts. */
import { appendFileSync } from 'node:fs';
import { startCluster } from '../../src/cluster/cluster.ts';

// The tests of the controller know kube-apiserver without its controller manager.
const controllerManager = process.env['SLUICE_TEST_CONTROLLERS'] === 'true';
const [dataDir = '', port = '0', cidrs = '10.96.0.0/16', nodePorts = '30000-32767', auditLog = ''] =
  process.argv.slice(2);
const [first = 0, last = 0] = nodePorts.split('-').map(Number);
const cluster = await startCluster({
  dataDir,
  port: Number(port),
  serviceCidrs: cidrs.split(','),
  nodePorts: { first, last },
  nodes: 0,
  controllerManager,
  // Writes only: what the tests' audit policies ask for.
  ...(auditLog && {
    audit: (entry) => {
      if (!/^(get|list|watch)$/.test(entry.verb)) appendFileSync(auditLog, `${JSON.stringify(entry)}\n`);
    },
  }),
  warn: (message, error) => console.error(message, error),
});
process.on('SIGUSR2', () => {
  cluster.compact();
  console.log('compacted');
});
process.on('SIGTERM', () => void cluster.close().then(() => process.exit(0)));
console.log(`ready ${cluster.url}`);
