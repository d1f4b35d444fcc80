/** Labels, annotations and component names that slices and Endpoints carry; upstream's, so that either controller goes on with the other's. */

export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
export const SKIP_MIRROR_LABEL = 'endpointslice.kubernetes.io/skip-mirror';
export const HEADLESS_LABEL = 'service.kubernetes.io/headless';
export const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** Made from a Service's pods. */
export const SLICE_CONTROLLER = 'endpointslice-controller.k8s.io';
/** Mirrored from Endpoints that somebody wrote by hand. */
export const MIRRORING_CONTROLLER = 'endpointslicemirroring-controller.k8s.io';

export const ENDPOINTS_MANAGED_BY_LABEL = 'endpoints.kubernetes.io/managed-by';
export const ENDPOINTS_CONTROLLER = 'endpoint-controller';

/** When the change that a write answers happened: what latency is measured from (the network programming SLI). */
export const TRIGGER_TIME_ANNOTATION = 'endpoints.kubernetes.io/last-change-trigger-time';
export const OVER_CAPACITY_ANNOTATION = 'endpoints.kubernetes.io/over-capacity';
export const LAST_APPLIED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
/** Endpoints that are old leader election's locks. */
export const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader';
export const TOPOLOGY_MODE_ANNOTATION = 'service.kubernetes.io/topology-mode';
/** Deprecated, and decisive where both are set. */
export const TOPOLOGY_HINTS_ANNOTATION = 'service.kubernetes.io/topology-aware-hints';
