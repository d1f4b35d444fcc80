/** `pods/NAME/log` (kubernetes `pkg/registry/core/pod/rest/log.go`). */
import { once } from 'node:events';
import type { Served } from '../registry/kinds.ts';
import type { Context } from './context.ts';
import type { Kubelets } from './kubelet.ts';
import { containerOf, logOptions, requireLog } from './pod-options.ts';

/** Answers with a container's log, as it comes when it is followed; ends with the log or with the client. */
export async function podLog(context: Context, kind: Served, kubelets: Kubelets): Promise<void> {
  const { info, query, registry, response } = context;
  const asked = logOptions(query, info.name, registry.clock.now());
  const { object: pod } = registry.get(kind, info.namespace, info.name);
  const container = containerOf(pod, asked.container);
  if (!pod['spec']?.nodeName) {
    response.writeHead(204, { 'cache-control': 'no-cache, private' }).end();
    return;
  }
  requireLog(pod, container, asked.previous);
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const chunks = await kubelets.logs(pod, { ...asked, container }, gone.signal);
  response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  try {
    for await (const chunk of chunks) {
      if (gone.signal.aborted) return;
      if (!response.write(chunk)) await once(response, 'drain', { signal: gone.signal });
    }
    response.end();
  } catch (error) {
    // Once it has begun, all that can be said of a failure is that the answer is not whole.
    if (!gone.signal.aborted) throw error;
  }
}
