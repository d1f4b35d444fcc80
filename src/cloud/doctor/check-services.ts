/** Services that nobody serves, and those that were released. Pure. */
import type { Service } from '../../kube/objects.ts';
import { keyOf } from '../../kube/key.ts';
import { LBC_CLASS, ownershipOf } from '../../service/ownership.ts';
import { isReleased, RELEASED_ANNOTATION } from '../status.ts';
import { classlessProvider, LBC_WEBHOOK } from './check-controllers.ts';
import type { DoctorConfig } from './config.ts';
import type { KubeFacts } from './facts.ts';
import { isRenewed } from './lease-state.ts';
import { type CheckResult, count, type Finding, judged, unknown, warning } from './report.ts';

export function checkServices(kube: KubeFacts, config: DoctorConfig): CheckResult {
  const check = 'services';
  if (kube.services.failure) return unknown(check, kube.services.failure.message);
  const { loadBalancerClasses, classless } = config;
  const rules = { loadBalancerClasses, classless, lbcActive: false };
  const all = kube.services.value.filter(({ spec }) => spec.type === 'LoadBalancer');
  const [ours, others] = [true, false].map((wanted) =>
    all.filter((service) => (ownershipOf(service, rules).kind === 'ours') === wanted),
  ) as [Service[], Service[]];
  const released = ours.filter(isReleased).map((service) => {
    const { namespace, name } = service.metadata;
    const remedy = `to have Sluice hold it again: kubectl -n ${namespace} annotate service ${name} ${RELEASED_ANNOTATION}-`;
    return warning(`Service ${keyOf(service)}`, `is marked ${RELEASED_ANNOTATION}, so Sluice leaves it alone`, remedy);
  });
  const orphans = others.flatMap((service) => orphanFinding(service, kube, config) ?? []);
  const summary = `${ours.length} of ${count(all.length, 'LoadBalancer Service')} are Sluice's`;
  return judged(check, summary, [...released, ...orphans]);
}

/** A Service without a load balancer that no controller that is known here will ever give one. */
function orphanFinding(service: Service, kube: KubeFacts, config: DoctorConfig): Finding | undefined {
  const { loadBalancerClass: wanted } = service.spec;
  if (service.status?.loadBalancer?.ingress?.length) return undefined;
  const object = `Service ${keyOf(service)}`;
  const lbc = kube.leases.lbc.value && isRenewed(kube.leases.lbc.value);
  if (wanted === LBC_CLASS) {
    if (lbc !== false) return undefined;
    const problem = `waits for a load balancer: its class is ${wanted}, and aws-load-balancer-controller is not at work`;
    return warning(
      object,
      problem,
      `add ${LBC_CLASS} to --load-balancer-class (${[...config.loadBalancerClasses, LBC_CLASS].join(',')})`,
    );
  }
  // Whose other classes are is not known here.
  if (wanted !== undefined) return undefined;
  if (config.classless) {
    // What it leaves to LBC by the type annotation.
    if (lbc !== false) return undefined;
    const problem =
      'waits for a load balancer: its annotation aws-load-balancer-type asks for aws-load-balancer-controller, which is not at work';
    return warning(object, problem, 'take the annotation off');
  }
  const webhooked = kube.webhooks.value?.includes(LBC_WEBHOOK) ?? false;
  if (classlessProvider(kube).kind !== 'none' || (lbc !== false && webhooked)) return undefined;
  const [own = 'sluice.dev/nlb'] = config.loadBalancerClasses;
  return warning(
    object,
    'waits for a load balancer: it has no class, and nothing here takes Services without one',
    `make it anew with spec.loadBalancerClass: ${own} (a class can only be given at creation, or when the type changes), or run Sluice with --classless`,
  );
}
