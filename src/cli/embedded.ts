import type { Cluster, ClusterOptions } from '../cluster/cluster.ts';
import type { Bindings } from '../cluster/images/index.ts';
import type { NodeCommandContext, NodeVerb } from '../cluster/nodes/node-commands.ts';
import type { ClusterClient, KubeClientOptions } from '../kube/request.ts';

/** What the commands ask of the embedded parts, which the image does not have. */

export interface ClusterPart {
  startCluster(options: ClusterOptions): Promise<Cluster>;
  /** @throws ConfigError for a text that is no NAME=COMMAND. */
  parseImages(texts: readonly string[]): Bindings;
}

export async function loadCluster(): Promise<ClusterPart> {
  const [{ startCluster }, { parseImages }] = await Promise.all([
    import('../cluster/cluster.ts'),
    import('../cluster/machines.ts'),
  ]);
  return { startCluster, parseImages };
}

export interface NodesPart {
  createKubeClient(options: KubeClientOptions): ClusterClient;
  runNodeCommand(verb: NodeVerb, name: string, context: NodeCommandContext): Promise<void>;
}

export async function loadNodes(): Promise<NodesPart> {
  const [{ createKubeClient }, { runNodeCommand }] = await Promise.all([
    import('../kube/request.ts'),
    import('../cluster/nodes/node-commands.ts'),
  ]);
  return { createKubeClient, runNodeCommand };
}
