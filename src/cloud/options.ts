/** What a Service's author asked of its load balancer, parsed and checked. */

/** Whether the load balancer has public addresses. */
export type Scheme = 'internal' | 'internet-facing';

/** Unset fields take the defaults of `defaultHealthCheck`, which depend on the Service's traffic policy. */
export interface HealthCheckOptions {
  protocol?: 'TCP' | 'HTTP' | 'HTTPS';
  /** `traffic-port`, a port number on the target, or the name of one of the Service's ports. */
  port?: 'traffic-port' | number | string;
  path?: string;
  intervalSeconds?: number;
  timeoutSeconds?: number;
  healthyThreshold?: number;
  unhealthyThreshold?: number;
  /** HTTP codes that count as healthy, as AWS writes them: `200-399`, `200,302`. */
  successCodes?: string;
}

/** One Service's wishes. An unset field leaves the choice to Sluice. */
export interface LoadBalancerOptions {
  scheme?: Scheme;
  name?: string;
  /** Subnet IDs or `Name` tags, in the author's order. */
  subnets?: string[];
  additionalTags: Record<string, string>;
  loadBalancerAttributes: Record<string, string>;
  targetGroupAttributes: Record<string, string>;
  /** Only nodes with all of these labels become targets. */
  targetNodeLabels?: Record<string, string>;
  healthCheck: HealthCheckOptions;
  /** IPv4 CIDRs in canonical form. Everyone, `0.0.0.0/0`, unless the Service says otherwise. */
  sourceRanges: string[];
  /** Whether a change that must interrupt traffic may be made now. */
  allowReplacement: boolean;
}
