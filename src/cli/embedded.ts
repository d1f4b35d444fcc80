import type { Cluster, ClusterOptions } from '../cluster/cluster.ts';

/** What the commands ask of the embedded parts, which the image does not have. */

export interface ClusterPart {
  startCluster(options: ClusterOptions): Promise<Cluster>;
}

export async function loadCluster(): Promise<ClusterPart> {
  const part = await import('../cluster/cluster.ts');
  return part;
}
