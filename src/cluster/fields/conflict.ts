import { goQuote } from '../api/field-error.ts';
import { applyConflict, type StatusError } from '../api/status.ts';
import { printPath } from './element.ts';
import { parseManagerId } from './managers.ts';
import type { Conflict } from './updater.ts';
import { compareText } from './value.ts';

/** The 409 of an apply that meets fields of others (`managedfields/internal/conflict.go`). */
export function conflictError(conflicts: readonly Conflict[]): StatusError {
  const causes = conflicts.map(({ id, path }) => ({
    message: `conflict with ${printManager(id)}`,
    field: printPath(path),
  }));
  return applyConflict(causes, conflictMessage(conflicts));
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (first && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${printManager(first.id)}: ${printPath(first.path)}`;
  }
  const ids = [...new Set(conflicts.map(({ id }) => id))].sort(compareText);
  const lines = ids.flatMap((id) => [
    `conflicts with ${printManager(id)}:`,
    ...conflicts.filter((one) => one.id === id).map(({ path }) => `- ${printPath(path)}`),
  ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function printManager(id: string): string {
  const { manager, operation, apiVersion, subresource } = parseManagerId(id);
  const name = subresource ? `${goQuote(manager)} with subresource ${goQuote(subresource)}` : goQuote(manager);
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
