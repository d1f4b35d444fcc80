const meta = (type: string, as: string, version = 'v1') => `application/${type};as=${as};v=${version};g=meta.k8s.io`;

/** Accept headers, of real clients first. */
export const ACCEPTS: readonly string[] = [
  // kubectl get
  `${meta('json', 'Table')},${meta('json', 'Table', 'v1beta1')},application/json`,
  // kubectl's other commands, and dynamic clients
  'application/json',
  'application/json, */*',
  // typed clients of client-go, kube-proxy, kube-controller-manager
  'application/vnd.kubernetes.protobuf,application/json',
  'application/vnd.kubernetes.protobuf, */*',
  // metadata clients
  `${meta('vnd.kubernetes.protobuf', 'PartialObjectMetadata')},${meta('json', 'PartialObjectMetadata')},application/json`,
  `${meta('vnd.kubernetes.protobuf', 'PartialObjectMetadataList')},application/json`,
  // curl, browsers
  '*/*',
  'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  // Single types and the ways to ask for them
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;pretty=1',
  'application/json;pretty=0',
  'application/json;charset=utf-8',
  'application/json;stream=watch',
  'application/yaml;stream=watch',
  'application/vnd.kubernetes.protobuf;stream=watch',
  'application/json;stream=other',
  'application/json;sv=v1',
  'application/json;sv=v2',
  'application/json;sv=v2,application/yaml',
  // Order and qualities
  'application/yaml,application/json',
  'application/json;q=0.5,application/yaml',
  'application/json;q=0.5,application/yaml;q=0.7,*/*',
  'application/json;q=0.1,application/*;q=0.9',
  '*/*;q=0.9,application/yaml;q=0.1',
  'application/*,application/yaml',
  'application/json;q=0',
  'application/json;q=x,application/yaml;q=0.1',
  'application/json;q= 0.9,application/yaml;q=0.5',
  'application/cbor,application/json;q=0.9',
  // Transformations
  meta('json', 'Table'),
  meta('yaml', 'Table', 'v1beta1'),
  meta('vnd.kubernetes.protobuf', 'Table'),
  `${meta('vnd.kubernetes.protobuf', 'Table')},application/json`,
  '*/*;as=Table;v=v1;g=meta.k8s.io',
  meta('json', 'Table', 'v2'),
  meta('json', 'Other'),
  `${meta('json', 'Other')},application/yaml`,
  'application/json;as=Table;v=v1',
  'application/json;v=v1',
  'application/json;as=Table;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as = Table ; v= v1;g =meta.k8s.io',
  'application/json;as;v=v1;g',
  // What is no clause, and nothing that there is
  'text/html',
  'application/cbor',
  '*',
  'application/*',
  'APPLICATION/JSON',
  'application',
  'application/json/x,application/yaml',
  ', ,application/yaml',
  'application/json;as=a=b',
];

const discovery = (version: string, type = 'json') =>
  `application/${type};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

/** Accept headers for /apis. */
export const DISCOVERY_ACCEPTS: readonly string[] = [
  // client-go
  `${discovery('v2')};profile=nopeer,${discovery('v2')},${discovery('v2beta1')},application/json`,
  `${discovery('v2')},${discovery('v2beta1')},application/json`,
  `${discovery('v2beta1')},application/json`,
  `application/json,${discovery('v2')}`,
  discovery('v2', 'yaml'),
  '*/*;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json',
  '*/*',
  'application/json;as=APIGroupDiscoveryList;v=v2',
];
