/** Tables of `rbac.authorization.k8s.io` (kubernetes `pkg/printers/internalversion/printers.go`). */
import type { KubeObject } from '../../api/object.ts';
import type { Column } from '../columns.ts';
import { AGE, DEFAULT_COLUMNS, describe, NAME, text, wide } from './column.ts';

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

const subjects = (kind: string, show: (subject: Subject) => string) => (object: KubeObject) => {
  const all: Subject[] = object['subjects'] ?? [];
  return all
    .filter((one) => one.kind === kind)
    .map(show)
    .join(', ');
};

const bindingColumns = (id: string): readonly Column[] =>
  describe(id, [
    NAME,
    text('Role', (object) => `${object['roleRef']?.kind ?? ''}/${object['roleRef']?.name ?? ''}`),
    AGE,
    wide(
      text(
        'Users',
        subjects('User', ({ name }) => name),
      ),
    ),
    wide(
      text(
        'Groups',
        subjects('Group', ({ name }) => name),
      ),
    ),
    wide(
      text(
        'ServiceAccounts',
        subjects('ServiceAccount', ({ namespace = '', name }) => `${namespace}/${name}`),
      ),
    ),
  ]);

export const RBAC_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  'rbac.authorization.k8s.io/Role': DEFAULT_COLUMNS,
  'rbac.authorization.k8s.io/ClusterRole': DEFAULT_COLUMNS,
  'rbac.authorization.k8s.io/RoleBinding': bindingColumns('rbac.authorization.k8s.io/RoleBinding'),
  'rbac.authorization.k8s.io/ClusterRoleBinding': bindingColumns('rbac.authorization.k8s.io/ClusterRoleBinding'),
};
