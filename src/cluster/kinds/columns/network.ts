/** Tables of `networking.k8s.io` and `discovery.k8s.io` (kubernetes `pkg/printers/internalversion/printers.go`). */
import type { KubeObject } from '../../api/object.ts';
import type { Column } from '../columns.ts';
import { AGE, describe, field, NAME, named, nameOf, text } from './column.ts';
import { firstThree, formatSelector } from './format.ts';
import { ingressPoints } from './service.ts';

/** Three hosts; from the fourth rule on, how many rules there are beyond three. */
function hosts({ spec }: KubeObject): string {
  const rules: { host?: string }[] = spec?.rules ?? [];
  const shown: string[] = [];
  let more = false;
  for (const { host } of rules) {
    if (shown.length === 3) more = true;
    else if (host) shown.push(host);
  }
  if (shown.length === 0) return '*';
  return more ? `${shown.join(',')} + ${rules.length - 3} more...` : shown.join(',');
}

function classParameters({ spec }: KubeObject): string {
  const parameters: { apiGroup?: string; kind: string; name: string } | undefined = spec?.parameters;
  if (!parameters) return '<none>';
  const { apiGroup, kind, name } = parameters;
  return `${kind}${apiGroup === undefined ? '' : `.${apiGroup}`}/${name}`;
}

const DEFAULT_CLASS = 'ingressclass.kubernetes.io/is-default-class';

const className = (object: KubeObject): string =>
  object.metadata.annotations?.[DEFAULT_CLASS] === 'true' ? `${nameOf(object)} (default)` : nameOf(object);

function parent({ spec }: KubeObject): string {
  if (!spec?.parentRef) return '<none>';
  const { group = '', resource = '', namespace = '', name = '' } = spec.parentRef;
  const kind = `${resource}${group ? `.${group}` : ''}`.toLowerCase();
  return [kind, ...(namespace ? [namespace] : []), name].join('/');
}

function slicePorts(object: KubeObject): string {
  const ports: { name?: string; port?: number }[] = object['ports'] ?? [];
  return firstThree(ports.map(({ name, port }) => String(port ?? name ?? '*'))) || '<unset>';
}

function sliceEndpoints(object: KubeObject): string {
  const endpoints: { addresses?: string[] }[] = object['endpoints'] ?? [];
  return firstThree(endpoints.flatMap(({ addresses = [] }) => addresses)) || '<unset>';
}

export const NETWORK_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  'networking.k8s.io/NetworkPolicy': describe('networking.k8s.io/NetworkPolicy', [
    NAME,
    // Not a pointer upstream: an absent selector is an empty one.
    text('Pod-Selector', (object) => formatSelector(object['spec']?.podSelector ?? {})),
    AGE,
  ]),
  'networking.k8s.io/Ingress': describe('networking.k8s.io/Ingress', [
    NAME,
    text('Class', ({ spec }: KubeObject) => spec?.ingressClassName ?? '<none>'),
    text('Hosts', hosts),
    text('Address', ({ status }: KubeObject) => ingressPoints(status?.loadBalancer?.ingress).join(',')),
    text('Ports', ({ spec }: KubeObject) => ((spec?.tls ?? []).length > 0 ? '80, 443' : '80')),
    AGE,
  ]),
  'networking.k8s.io/IngressClass': describe('networking.k8s.io/IngressClass', [
    named(className),
    text('Controller', field('spec', 'controller')),
    text('Parameters', classParameters),
    AGE,
  ]),
  'networking.k8s.io/ServiceCIDR': describe('networking.k8s.io/ServiceCIDR', [
    NAME,
    text('CIDRs', ({ spec }: KubeObject) => (spec?.cidrs ?? []).join(',')),
    AGE,
  ]),
  'networking.k8s.io/IPAddress': describe('networking.k8s.io/IPAddress', [
    NAME,
    text('ParentRef', parent),
    { ...AGE, rowsOnly: true },
  ]),
  'discovery.k8s.io/EndpointSlice': describe('discovery.k8s.io/EndpointSlice', [
    NAME,
    text('AddressType', field('addressType')),
    text('Ports', slicePorts),
    text('Endpoints', sliceEndpoints),
    AGE,
  ]),
};
