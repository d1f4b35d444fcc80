import type { Environment } from './environment.ts';
import { plainAddress } from './address.ts';
import { parseFlags } from './flags.ts';
import { readBody, sendText } from './http.ts';
import { accessTime, print } from './log.ts';
import { Serving } from './serving.ts';

/** registry.k8s.io/echoserver: the request in sections, of Kubernetes' tests of Ingress and Services. */
export async function echoserver(args: readonly string[], environment: Environment): Promise<void> {
  const { flags } = parseFlags(args, { port: 8080 });
  const { hostname, addresses, variables } = environment;
  // Of the downward API, by the names that the original reads.
  const pod = [
    ['node name', variables['NODE_NAME']],
    ['pod name', variables['POD_NAME']],
    ['pod namespace', variables['POD_NAMESPACE']],
    ['pod IP', variables['POD_IP'] ?? addresses[0]],
  ].flatMap(([name, value]) => (value ? [`${name}:\t${value}`] : []));
  const serving = new Serving(environment);
  await serving.http({ port: flags.port }, async (request, response) => {
    const { method, url = '/', httpVersion, headersDistinct, socket } = request;
    const [path = '', query = ''] = url.split(/\?([^]*)/);
    const client = plainAddress(socket.remoteAddress);
    const body = await readBody(request);
    const sections: [string, string[]][] = [
      ['Pod Information', pod.length > 0 ? pod : ['-no pod information available-']],
      ['Server values', ['server_version=built into Sluice']],
      [
        'Request Information',
        [
          `client_address=${client}`,
          `method=${method}`,
          `real path=${url}`,
          `query=${query}`,
          `request_version=${httpVersion}`,
          'request_scheme=http',
          `request_uri=http://${request.headers.host ?? ''}${path}`,
        ],
      ],
      [
        'Request Headers',
        Object.entries(headersDistinct)
          .map(([name, values = []]) => `${name}=${values.join(', ')}`)
          .toSorted(),
      ],
    ];
    const text = sections
      .map(([title, lines]) => `${title}:\n${lines.map((line) => `\t${line}\n`).join('')}`)
      .join('\n');
    sendText(response, `\n\nHostname: ${hostname}\n\n${text}\nRequest Body:\n${body || '\t-no body in request-\n'}\n`);
    print(`${client} - - [${accessTime()}] "${method} ${url} HTTP/${httpVersion}" 200`);
  });
}
