/** Small servers of tutorials that say who they are. */
import type { Environment } from './environment.ts';
import { Failure } from './failure.ts';
import { parseFlags } from './flags.ts';
import { readBody, sendText } from './http.ts';
import { log } from './log.ts';
import { type HttpHandler, Serving } from './serving.ts';

async function serve(port: number, environment: Environment, handler: HttpHandler): Promise<void> {
  await new Serving(environment).http({ port }, handler);
  log(`Server listening on port ${port}`);
}

/** Of the variable `PORT`, as these images read it. */
function portOf({ variables }: Environment): number {
  const text = variables['PORT'] || '8080';
  if (!/^\d{1,5}$/.test(text)) throw new Failure(`PORT: ${JSON.stringify(text)} is no port`);
  return Number(text);
}

/** https://github.com/GoogleCloudPlatform/kubernetes-engine-samples: hello-app */
export async function helloApp(args: readonly string[], environment: Environment): Promise<void> {
  const { flags } = parseFlags(args, { version: '1.0.0' });
  await serve(portOf(environment), environment, (request, response) => {
    log(`Serving request: ${request.url}`);
    sendText(response, `Hello, world!\nVersion: ${flags.version}\nHostname: ${environment.hostname}\n`);
  });
}

/** Of Kubernetes' own basic tutorial. */
export async function kubernetesBootcamp(args: readonly string[], environment: Environment): Promise<void> {
  const { flags } = parseFlags(args, { version: '1', port: 8080 });
  await serve(flags.port, environment, (request, response) => {
    log(`Running on: ${environment.hostname} | ${request.method} ${request.url}`);
    sendText(response, `Hello Kubernetes bootcamp! | Running on: ${environment.hostname} | v=${flags.version}\n`);
  });
}

/** https://github.com/jmalloc/echo-server, without WebSocket */
export async function echoServer(_args: readonly string[], environment: Environment): Promise<void> {
  await serve(portOf(environment), environment, async (request, response) => {
    const { method, url, httpVersion, headersDistinct } = request;
    log(`${method} ${url}`);
    const headers = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
      values.map((value) => `${name}: ${value}\n`),
    );
    const lines = `Request served by ${environment.hostname}\n\n${method} ${url} HTTP/${httpVersion}\n\n`;
    sendText(response, `${lines}${headers.join('')}\n${await readBody(request)}`);
  });
}
