/**
 * A process that runs all programs of all places, so that they end with it: it ends everything that it started when its
 * channel closes, however the other side went. In loopback mode a plain child that keeps a file of what runs (argument 1),
 * in kernel mode the router in namespaces of its own, with which all of it ends whatever happens.
 */
import { createServer, type Server } from 'node:net';
import { GroupFile, placesOf } from './process-groups.ts';
import type { FromSpawner, ToSpawner } from './protocol.ts';
import { SpawnedPrograms } from './spawned-programs.ts';
import { sweepNamespace, sweepPlaces } from './proc.ts';

const [groupFilePath] = process.argv.slice(2);
const groupFile = groupFilePath === undefined ? undefined : new GroupFile(groupFilePath);
const programs = new SpawnedPrograms(send, groupFile);

function send(message: FromSpawner, handle?: Server, sent?: () => void): void {
  // Nobody is there any more: `disconnect` comes next.
  if (!process.connected) return;
  process.send?.(message, handle, {}, () => sent?.());
}

async function stop(): Promise<void> {
  await programs.killAll();
  if (groupFilePath !== undefined) sweepPlaces(placesOf(groupFilePath));
  groupFile?.remove();
  process.exit(0);
}

/** The socket itself goes over, so that each connection is accepted where it is answered. */
function listen(host: string, port: number): void {
  const server = createServer();
  server.on('error', ({ message }) => send({ type: 'not-listening', message }));
  server.listen(port, host, () => send({ type: 'listening' }, server, () => server.close()));
}

process.on('message', (message: ToSpawner) => {
  switch (message.type) {
    case 'run':
      return programs.run(message.id, message.command);
    case 'input':
      return programs.input(message.id, message.data);
    case 'room':
      return programs.room(message.id, message.stream, message.bytes);
    case 'kill':
      return programs.kill(message.id, message.signal);
    case 'sweep':
      return 'namespace' in message ? sweepNamespace(message.namespace) : sweepPlaces(message.places);
    case 'listen':
      return listen(message.host, message.port);
    case 'stop':
      void stop();
  }
});
process.on('disconnect', () => void stop());
send({ type: 'ready' });
