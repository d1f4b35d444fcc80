/** Other controllers that want the same Services: aws-load-balancer-controller (LBC), cloud-controller-managers, another Sluice. Pure. */
import { LBC_CLASS } from '../../service/ownership.ts';
import type { DoctorConfig } from './config.ts';
import type { KubeFacts, Workload } from './facts.ts';
import { isRenewed } from './lease-state.ts';
import { type CheckResult, error, type Finding, judged, unknown, warning } from './report.ts';

/** LBC's MutatingWebhookConfiguration, where it gives new Services without a class its own. */
export const LBC_WEBHOOK = 'aws-load-balancer-webhook';
const LBC_NAME = 'aws-load-balancer-controller';

export function checkLbc({ leases, workloads, webhooks }: KubeFacts, config: DoctorConfig): CheckResult {
  const check = 'aws-load-balancer-controller';
  const held = config.loadBalancerClasses.includes(LBC_CLASS);
  const installed = workloads.value?.filter((workload) => workload.replicas > 0 && isLbc(workload)) ?? [];
  const lease = leases.lbc;
  if (lease.failure) {
    const failure = `its Lease: ${lease.failure.message}`;
    const [one] = installed;
    if (!held || !one) return unknown(check, failure);
    return judged(check, 'installed', [
      warning(describe(one), `is installed, and ${LBC_CLASS} is in --load-balancer-class; ${failure}`, stopIt(one)),
    ]);
  }
  const active = isRenewed(lease.value);
  const findings: Finding[] = [];
  if (held && active) {
    const problem = `its Lease is being renewed, so Sluice leaves Services with class ${LBC_CLASS} to it, although --load-balancer-class names it`;
    findings.push(error(installed[0] ? describe(installed[0]) : LBC_NAME, problem, stopIt(installed[0])));
  } else if (held && installed[0]) {
    const problem = `is installed; once it renews its Lease again, Sluice leaves Services with class ${LBC_CLASS} to it`;
    findings.push(warning(describe(installed[0]), problem, stopIt(installed[0])));
  }
  if (webhooks.value?.includes(LBC_WEBHOOK)) findings.push(...webhookFindings(config, active));
  const summary = active
    ? 'is at work'
    : installed.length > 0
      ? 'is installed, and not at work'
      : workloads.failure
        ? 'is not at work'
        : 'is not here';
  return judged(check, summary, findings);
}

function stopIt(workload: Workload | undefined): string {
  const scale = workload
    ? `kubectl -n ${workload.namespace} scale deployment ${workload.name} --replicas=0`
    : `stop ${LBC_NAME}`;
  return `${scale}, or take ${LBC_CLASS} out of --load-balancer-class`;
}

function webhookFindings({ classless }: DoctorConfig, active: boolean): Finding[] {
  const object = `MutatingWebhookConfiguration ${LBC_WEBHOOK}`;
  const remedy = `helm upgrade ${LBC_NAME} with enableServiceMutatorWebhook=false`;
  if (!active) {
    const problem = `new Services still go through it, and get class ${LBC_CLASS} or are refused, while ${LBC_NAME} is not at work`;
    return [
      warning(object, problem, `${remedy}, or delete it: kubectl delete mutatingwebhookconfiguration ${LBC_WEBHOOK}`),
    ];
  }
  if (!classless) return [];
  return [
    warning(
      object,
      `new Services without a class get ${LBC_CLASS} from it, so --classless has nothing to hold`,
      remedy,
    ),
  ];
}

function isLbc({ labels, containers }: Workload): boolean {
  return labels['app.kubernetes.io/name'] === LBC_NAME || containers.some(({ image }) => image.includes(LBC_NAME));
}

/** Whether somebody but Sluice and LBC gives Services without a class their load balancer. */
export type ClasslessProvider = { kind: 'found'; who: string } | { kind: 'none' } | { kind: 'unknown'; why: string };

export function classlessProvider({ version, workloads, leases }: KubeFacts): ClasslessProvider {
  if (/-eks-/.test(version.value ?? '')) return { kind: 'found', who: "EKS's own cloud-controller-manager" };
  const managers =
    workloads.value?.filter((workload) => workload.replicas > 0 && isCloudControllerManager(workload)) ?? [];
  const taking = managers.find(takesServices);
  if (taking) return { kind: 'found', who: describe(taking) };
  // One that is known not to take Services may be the holder of the Lease.
  if (managers.length > 0) return { kind: 'none' };
  const lease = leases.ccm;
  if (lease.value && isRenewed(lease.value)) {
    return {
      kind: 'found',
      who: `${lease.value.first?.spec?.holderIdentity} (Lease kube-system/cloud-controller-manager)`,
    };
  }
  const why = [lease, workloads].flatMap(({ failure }) => (failure ? [failure.message] : []));
  return why.length > 0 ? { kind: 'unknown', why: why.join('; ') } : { kind: 'none' };
}

export function checkCloudControllerManager(kube: KubeFacts, config: DoctorConfig): CheckResult {
  const check = 'cloud-controller-manager';
  const provider = classlessProvider(kube);
  if (provider.kind === 'unknown') return unknown(check, provider.why);
  if (provider.kind === 'none') return judged(check, 'none takes Services without a class');
  const summary = `${provider.who} takes Services without a class`;
  if (!config.classless) return judged(check, `${summary}, and Sluice does not`);
  const remedy = provider.who.startsWith('EKS')
    ? 'leave out --classless, and give Services class sluice.dev/nlb (the chart can make it the default)'
    : 'run it with --controllers=*,-service-lb-controller, or leave out --classless';
  return judged(check, summary, [
    error(provider.who, 'takes Services without a class, and with --classless Sluice takes them too', remedy),
  ]);
}

function isCloudControllerManager({ namespace, name, containers }: Workload): boolean {
  const named = (text: string) => /cloud-controller-manager|cloud-provider-aws/.test(text);
  return namespace === 'kube-system' && (named(name) || containers.some(({ image }) => named(image)));
}

/** k8s.io/cloud-provider: `--controllers` turns controllers on (`NAME`, `*`) and off (`-NAME`); the aliases are of old. */
function takesServices({ containers }: Workload): boolean {
  const words = containers.flatMap(({ args }) => args.filter((arg) => arg.startsWith('--controllers=')));
  const list = (words.at(-1)?.slice('--controllers='.length) ?? '*').split(',').map((word) => word.trim());
  const names = ['service-lb-controller', 'service'];
  if (list.some((word) => names.includes(word))) return true;
  return !list.some((word) => names.includes(word.slice(1)) && word.startsWith('-')) && list.includes('*');
}

export function checkOtherSluice({ leases, workloads }: KubeFacts, config: DoctorConfig): CheckResult {
  const check = 'other-sluice';
  if (workloads.failure) return unknown(check, `Deployments: ${workloads.failure.message}`);
  const rivals = new Map<string, string>();
  for (const workload of workloads.value) {
    const controller = workload.replicas > 0 ? sluiceOf(workload) : undefined;
    if (controller && overlaps(controller, config)) rivals.set(controller.lease, describe(workload));
  }
  // The Lease that the flags name counts if somebody holds it: else these may not be the flags of the one that is installed.
  const own = `${config.leaderElectNamespace}/${config.leaseName}`;
  if (config.leaderElect && leases.own.value && isRenewed(leases.own.value) && !rivals.has(own)) {
    rivals.set(own, `the holder of Lease ${own}, ${leases.own.value.first?.spec?.holderIdentity}`);
  }
  if (rivals.size < 2) {
    const [one] = rivals.values();
    return judged(check, one ? `only ${one}` : 'none is installed');
  }
  const classes = config.loadBalancerClasses.join(', ');
  const findings = [...rivals].map(([lease, who]) =>
    error(
      who,
      `holds the same Services (class ${classes}${config.classless ? ' or none' : ''}) as another, under Lease ${lease} of its own`,
      'remove all but one, give each classes of its own (--load-balancer-class), or one Lease to all (--leader-elect-lease-name)',
    ),
  );
  return judged(check, `${rivals.size} Sluice controllers for the same Services`, findings);
}

interface SluiceController {
  lease: string;
  classes: string[];
  classless: boolean;
}

function sluiceOf({ namespace, name, containers }: Workload): SluiceController | undefined {
  for (const { args } of containers) {
    if (!args.includes('controller') || !args.some((arg) => arg.startsWith('--cluster-name'))) continue;
    const valueOf = (flag: string) => args.findLast((arg) => arg.startsWith(`--${flag}=`))?.slice(flag.length + 3);
    const elects = !args.includes('--no-leader-elect') && valueOf('leader-elect') !== 'false';
    const place = valueOf('leader-elect-namespace') ?? namespace;
    return {
      lease: elects
        ? `${place}/${valueOf('leader-elect-lease-name') ?? 'sluice-controller'}`
        : `none (${namespace}/${name})`,
      classes: (valueOf('load-balancer-class') ?? 'sluice.dev/nlb').split(','),
      classless: args.includes('--classless') || valueOf('classless') === 'true',
    };
  }
  return undefined;
}

function overlaps({ classes, classless }: SluiceController, config: DoctorConfig): boolean {
  return (classless && config.classless) || classes.some((one) => config.loadBalancerClasses.includes(one));
}

function describe({ kind, namespace, name }: Workload): string {
  return `${kind} ${namespace}/${name}`;
}
