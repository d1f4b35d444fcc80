import type { KubeObject } from '../api/object.ts';
import type { PolicyRule } from './rules.ts';
import { serviceAccountUser, type User } from './user.ts';

export interface Subject {
  kind: string;
  apiGroup?: string;
  name: string;
  namespace?: string;
}

export interface RoleRef {
  apiGroup: string;
  kind: string;
  name: string;
}

/** A RoleBinding, or a ClusterRoleBinding when `namespace` is ''. */
export interface Binding {
  name: string;
  namespace: string;
  roleRef: RoleRef;
  subjects: readonly Subject[];
}

/** A binding that applies to a user, and the first subject in it that says so. */
export interface AppliedBinding {
  binding: Binding;
  subject: Subject;
}

/** How the authorizer finds roles and bindings. */
export interface RbacLookup {
  /** Undefined when there is no such role; `namespace` '' is a ClusterRole. */
  rules(namespace: string, name: string): readonly PolicyRule[] | undefined;
  /** Bindings of one namespace ('' for ClusterRoleBindings) that apply to the user, by name. */
  bindings(user: User, namespace: string): readonly AppliedBinding[];
}

const userKey = (name: string) => `User ${name}`;
const groupKey = (name: string) => `Group ${name}`;

/** What a user or a group must be called for the subject to apply; undefined: it never does. */
function keyOf(subject: Subject, namespace: string): string | undefined {
  switch (subject.kind) {
    case 'User':
      return userKey(subject.name);
    case 'Group':
      return groupKey(subject.name);
    case 'ServiceAccount': {
      const home = subject.namespace || namespace;
      return home ? userKey(serviceAccountUser(home, subject.name)) : undefined;
    }
    default:
      return undefined;
  }
}

/** Roles and bindings in memory, found by subject, so that a request looks only at the bindings that apply to it. */
export class RbacIndex implements RbacLookup {
  readonly #rules = new Map<string, readonly PolicyRule[]>();
  readonly #bindings = new Map<string, Binding>();
  /** Namespace → subject → bindings. */
  readonly #bySubject = new Map<string, Map<string, Set<Binding>>>();

  /** Takes a Role, ClusterRole, RoleBinding or ClusterRoleBinding in place of the one of its name. */
  set(object: KubeObject): void {
    const { name = '', namespace = '' } = object.metadata;
    if (!object.kind.endsWith('Binding')) {
      this.#rules.set(key(namespace, name), (object['rules'] as PolicyRule[] | null | undefined) ?? []);
      return;
    }
    this.delete(object);
    const subjects = (object['subjects'] as Subject[] | null | undefined) ?? [];
    const binding: Binding = { name, namespace, roleRef: object['roleRef'] as RoleRef, subjects };
    this.#bindings.set(key(namespace, name), binding);
    const scope = this.#bySubject.get(namespace) ?? new Map<string, Set<Binding>>();
    this.#bySubject.set(namespace, scope);
    for (const subject of subjects) {
      const of = keyOf(subject, namespace);
      if (of !== undefined) scope.set(of, (scope.get(of) ?? new Set()).add(binding));
    }
  }

  delete(object: Pick<KubeObject, 'kind' | 'metadata'>): void {
    const { name = '', namespace = '' } = object.metadata;
    const id = key(namespace, name);
    if (!object.kind.endsWith('Binding')) {
      this.#rules.delete(id);
      return;
    }
    const binding = this.#bindings.get(id);
    const scope = this.#bySubject.get(namespace);
    if (!binding || !scope) return;
    this.#bindings.delete(id);
    for (const subject of binding.subjects) {
      const of = keyOf(subject, namespace);
      const set = of === undefined ? undefined : scope.get(of);
      set?.delete(binding);
      if (of !== undefined && set?.size === 0) scope.delete(of);
    }
    if (scope.size === 0) this.#bySubject.delete(namespace);
  }

  rules(namespace: string, name: string): readonly PolicyRule[] | undefined {
    return this.#rules.get(key(namespace, name));
  }

  bindings(user: User, namespace: string): readonly AppliedBinding[] {
    const scope = this.#bySubject.get(namespace);
    if (!scope) return [];
    const keys = new Set([userKey(user.name), ...user.groups.map(groupKey)]);
    const found = new Set<Binding>();
    for (const one of keys) for (const binding of scope.get(one) ?? []) found.add(binding);
    return [...found].sort(byName).flatMap((binding) => {
      const subject = binding.subjects.find((one) => keys.has(keyOf(one, namespace) ?? ''));
      return subject ? [{ binding, subject }] : [];
    });
  }
}

const key = (namespace: string, name: string) => `${namespace}/${name}`;
const byName = (a: Binding, b: Binding) => (a.name < b.name ? -1 : 1);
