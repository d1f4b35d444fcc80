import type { Environment } from './environment.ts';
import { joinHostPort, plainAddress } from './address.ts';
import { Failure } from './failure.ts';
import { parseFlags } from './flags.ts';
import { remoteAddress, sendText } from './http.ts';
import { log } from './log.ts';
import { Serving } from './serving.ts';

/** agnhost serve-hostname: the pod's name, over HTTP or as plain TCP and UDP. */
export async function serveHostname(args: readonly string[], environment: Environment): Promise<void> {
  const { flags } = parseFlags(args, { http: true, tcp: false, udp: false, close: false, port: 9376 });
  const { http, tcp, udp, close, port } = flags;
  if (http && (tcp || udp)) throw new Failure("can't serve HTTP and TCP or UDP at the same time; add --http=false");
  const { hostname } = environment;
  const serving = new Serving(environment);
  if (tcp) {
    await serving.tcp({ port }, (socket) => {
      log(`TCP request from ${joinHostPort(plainAddress(socket.remoteAddress), socket.remotePort ?? 0)}`);
      // What the client sent is read, or closing would reset the connection before it has the answer.
      socket.resume();
      socket.end(hostname);
    });
  }
  if (udp) {
    await serving.udp({ port }, (_message, client) => {
      log(`UDP request from ${client}`);
      return hostname;
    });
  }
  if (http) {
    await serving.http({ port }, (request, response) => {
      log(`HTTP request from ${remoteAddress(request)}`);
      if (close) response.shouldKeepAlive = false;
      sendText(response, hostname);
    });
  }
  log(`Serving on port ${port}.`);
}
