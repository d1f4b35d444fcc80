import { aggregateRoles } from '../auth/aggregation.ts';
import { storedKind } from '../registry/kinds.ts';
import type { Registry } from '../registry/registry.ts';
import type { Loop } from './loop.ts';

const ROLES = 'clusterroles.rbac.authorization.k8s.io';

/** Keeps the rules of ClusterRoles with an aggregationRule (admin, edit, view) as the roles that they gather. */
export class RoleAggregation {
  readonly #registry: Registry;

  constructor(registry: Registry, loop: Loop) {
    this.#registry = registry;
    loop.add('aggregated roles', () => this.#sync());
    registry.store.subscribe(({ resource }) => {
      if (resource === ROLES) loop.add('aggregated roles', () => this.#sync());
    });
  }

  #sync(): void {
    const { store } = this.#registry;
    const kind = storedKind(ROLES);
    const roles = [...store.list(ROLES)].map((item) => item.object);
    for (const role of aggregateRoles(roles)) {
      const options = { dryRun: false, warn: () => undefined, subresource: '' } as const;
      this.#registry.update(kind, '', role.metadata.name ?? '', () => structuredClone(role), options);
    }
  }
}
