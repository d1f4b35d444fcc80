/**
 * The resource a path is about, for metric labels: `services`, `services/status`, `leases`. Names and namespaces are
 * left out to bound the number of labels; a path outside the resource APIs gives its first segment (`version`).
 */
export function resourceOf(path: string): string {
  const segments = path.split('?', 1)[0]?.split('/').filter(Boolean) ?? [];
  const prefix = segments[0] === 'api' ? 2 : segments[0] === 'apis' ? 3 : 0;
  if (prefix === 0 || segments.length <= prefix) return segments[0] ?? '';
  const rest = segments.slice(prefix);
  const ownSubresource = rest[2] === 'status' || rest[2] === 'finalize';
  const [resource, , subresource] =
    rest[0] === 'namespaces' && rest.length > 2 && !ownSubresource ? rest.slice(2) : rest;
  return subresource ? `${resource}/${subresource}` : (resource ?? '');
}
