import type { PolicyDocument, PolicyScope } from '../cloud/aws/iam-policy.ts';
import type { ControllerConfig, ReleaseConfig } from '../cloud/config.ts';
import type { DoctorConfig } from '../cloud/doctor/config.ts';
import type { Report } from '../cloud/doctor/report.ts';
import type { EndpointsConfig } from '../endpoints/config.ts';
import type { ProxyConfig } from '../proxy/config.ts';
import type { HealthRegistry } from '../runtime/health.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';

/** What the commands ask of the planes; each plane is loaded only by the command that needs it. */

export interface ControllerPlane {
  runController(context: {
    options: ControllerConfig;
    logger: Logger;
    metrics: Metrics;
    health: HealthRegistry;
    signal: AbortSignal;
  }): Promise<void>;
}

export interface ProxyPlane {
  runProxy(context: {
    options: ProxyConfig;
    logger: Logger;
    metrics: Metrics;
    health: HealthRegistry;
    signal: AbortSignal;
  }): Promise<void>;
}

export interface EndpointsPlane {
  ENDPOINTS_DEFAULTS: EndpointsConfig;
  runEndpoints(context: {
    options: EndpointsConfig;
    logger: Logger;
    metrics: Metrics;
    health: HealthRegistry;
    signal: AbortSignal;
  }): Promise<void>;
}

export interface ReleasePlane {
  runRelease(
    config: ReleaseConfig,
    context: { logger: Logger; write: (text: string) => void; signal: AbortSignal },
  ): Promise<void>;
}

export interface DoctorPlane {
  runDoctor(config: DoctorConfig, signal: AbortSignal): Promise<Report>;
  renderText(report: Report): string;
  renderJson(report: Report): string;
}

export interface IamPolicyPlane {
  iamPolicy(scope: PolicyScope): PolicyDocument;
  formatPolicy(document: PolicyDocument): string;
}

export async function loadController(): Promise<ControllerPlane> {
  const plane = await import('../cloud/run.ts');
  return plane;
}

export async function loadProxy(): Promise<ProxyPlane> {
  const plane = await import('../proxy/run.ts');
  return plane;
}

export async function loadRelease(): Promise<ReleasePlane> {
  const plane = await import('../cloud/release.ts');
  return plane;
}

export async function loadDoctor(): Promise<DoctorPlane> {
  const plane = await import('../cloud/doctor/doctor.ts');
  return plane;
}

export async function loadIamPolicy(): Promise<IamPolicyPlane> {
  const plane = await import('../cloud/aws/iam-policy.ts');
  return plane;
}

export async function loadEndpoints(): Promise<EndpointsPlane> {
  const [{ runEndpoints }, { ENDPOINTS_DEFAULTS }] = await Promise.all([
    import('../endpoints/run.ts'),
    import('../endpoints/config.ts'),
  ]);
  return { runEndpoints, ENDPOINTS_DEFAULTS };
}
