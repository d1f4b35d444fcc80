import { aggregateRoles } from '../auth/aggregation.ts';
import type { Registry } from '../registry/registry.ts';
import type { Loop } from './loop.ts';
import { applyAs } from './writes.ts';

const MANAGER = 'clusterrole-aggregation-controller';

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
    const roles = [...store.list(ROLES)].map((item) => item.object);
    for (const role of aggregateRoles(roles)) {
      applyRules(this.#registry, role.metadata.name ?? '', role['rules']);
    }
  }
}

/** Gives a ClusterRole the rules that it gathers. */
export function applyRules(registry: Registry, name: string, rules: unknown): void {
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name } };
  applyAs(registry, MANAGER, { ...role, rules: structuredClone(rules) });
}
