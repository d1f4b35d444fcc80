/** The Services that trials create, change and delete. */
import type { Form, Lane } from './crash-lane.ts';

const PREFIX = 'service.beta.kubernetes.io/aws-load-balancer-';
const PLAIN = { tags: {}, attributes: {}, targetGroupAttributes: {}, interval: 10 };

/** Two ports, with tags and attributes. */
export function fresh(lane: Lane): Form {
  const { annotations, spec, wanted } = before(lane);
  return { annotations, spec: { ports: (spec.ports ?? []).slice(0, 2) }, wanted };
}

/** Three ports, with tags and attributes. */
export function before(lane: Lane): Form {
  const at = lane.firstNodePort;
  return {
    annotations: {
      [`${PREFIX}additional-resource-tags`]: 'team=red,old=1',
      [`${PREFIX}attributes`]: 'load_balancing.cross_zone.enabled=true',
      [`${PREFIX}target-group-attributes`]: 'deregistration_delay.timeout_seconds=60',
    },
    spec: {
      ports: [
        { name: 'stays', port: 80, protocol: 'TCP', nodePort: at },
        { name: 'goes', port: 443, protocol: 'TCP', nodePort: at + 1 },
        { name: 'turns', port: 7000, protocol: 'TCP', nodePort: at + 2 },
      ],
    },
    wanted: {
      scheme: 'internal',
      tags: { team: 'red', old: '1' },
      attributes: { 'load_balancing.cross_zone.enabled': 'true' },
      targetGroupAttributes: { 'deregistration_delay.timeout_seconds': '60' },
      interval: 10,
    },
  };
}

/**
 * As {@link before}, but one port goes, one comes, one moves to another NodePort and carries UDP too, and tags, attributes
 * and health checks differ.
 */
export function after(lane: Lane): Form {
  const at = lane.firstNodePort;
  return {
    annotations: {
      [`${PREFIX}additional-resource-tags`]: 'team=blue,new=1',
      [`${PREFIX}attributes`]: null,
      [`${PREFIX}target-group-attributes`]: 'deregistration_delay.timeout_seconds=120',
      [`${PREFIX}healthcheck-interval`]: '20',
    },
    spec: {
      ports: [
        { name: 'stays', port: 80, protocol: 'TCP', nodePort: at },
        { name: 'turns', port: 7000, protocol: 'TCP', nodePort: at + 3 },
        { name: 'turns-udp', port: 7000, protocol: 'UDP', nodePort: at + 3 },
        { name: 'comes', port: 9000, protocol: 'TCP', nodePort: at + 4 },
      ],
    },
    wanted: {
      scheme: 'internal',
      tags: { team: 'blue', new: '1' },
      attributes: { 'load_balancing.cross_zone.enabled': 'false' },
      targetGroupAttributes: { 'deregistration_delay.timeout_seconds': '120' },
      interval: 20,
    },
  };
}

/** One port. `index` tells several such Services of a lane apart. */
export function small(lane: Lane, _service = '', index = 0): Form {
  return {
    annotations: {},
    spec: { ports: [{ port: 80, protocol: 'TCP', nodePort: lane.firstNodePort + 10 + index }] },
    wanted: { scheme: 'internal', ...PLAIN },
  };
}

/** The small one, open to the Internet: its load balancer has to be replaced. */
export function open(lane: Lane, service = '', index = 0): Form {
  return {
    ...small(lane, service, index),
    annotations: { [`${PREFIX}scheme`]: 'internet-facing' },
    wanted: { scheme: 'internet-facing', ...PLAIN },
  };
}

/** The small one under a name of its own. */
export function named(lane: Lane, service: string): Form {
  return { ...small(lane), annotations: { [`${PREFIX}name`]: `fixed-${lane.name}-${service}` } };
}

/** The named one, open to the Internet: the old load balancer has to go before the new one can come. */
export function namedOpen(lane: Lane, service: string): Form {
  const annotations = { ...named(lane, service).annotations, 'sluice.dev/allow-replacement': 'true' };
  return { ...open(lane), annotations: { ...open(lane).annotations, ...annotations } };
}
