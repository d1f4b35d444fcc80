/** The API server: can it be reached, is its version supported, and does it allow what the controller does. Pure. */
import { KUBE_PERMISSIONS } from '../kube-permissions.ts';
import { LBC_CLASS } from '../../service/ownership.ts';
import type { DoctorConfig } from './config.ts';
import type { KubeFacts, PermissionAnswer, PermissionQuestion } from './facts.ts';
import type { Failure } from './look.ts';
import { type CheckResult, error, type Finding, judged, mistake, unknown, warning } from './report.ts';

/** Kubernetes 1.N: the oldest that Sluice supports (as `kubeVersion` of the chart) and the newest that it was tested with. */
export const OLDEST_MINOR = 32;
export const NEWEST_MINOR = 37;

export function checkApi({ server, version, whoami }: KubeFacts): CheckResult {
  const check = 'kubernetes-api';
  const object = server || 'kubeconfig';
  if (version.failure) return judged(check, 'cannot be used', [apiFinding(object, version.failure)]);
  if (whoami.failure) {
    // Who is not known to it may still read its version.
    const { kind } = whoami.failure;
    if (kind === 'unauthenticated') return judged(check, 'cannot be used', [apiFinding(object, whoami.failure)]);
    return judged(check, `${server} answers`);
  }
  return judged(check, `${server} answers, and knows this as ${whoami.value}`);
}

const FRESH_KUBECONFIG = 'get a fresh kubeconfig (on EKS: aws eks update-kubeconfig --name NAME)';

function apiFinding(object: string, { kind, message, code = '' }: Failure): Finding {
  switch (kind) {
    case 'config':
      return mistake(object, message, 'give a kubeconfig with --kubeconfig FILE');
    case 'certificate':
      return error(object, `its certificate is not trusted: ${message}`, certificateRemedy(code));
    case 'unauthenticated':
      return error(
        object,
        `it does not accept these credentials: ${message}`,
        `${FRESH_KUBECONFIG}, and see that its user or role may enter the cluster (on EKS: aws eks list-access-entries)`,
      );
    case 'unreachable':
    case 'deadline':
      return error(
        object,
        `no answer: ${message}`,
        /ENOTFOUND|EAI_AGAIN/.test(code)
          ? 'check the host in the kubeconfig and the DNS here; a private endpoint has a name only inside its VPC'
          : 'see that the API server runs, and that this machine may reach it (VPN, proxy, firewall, private endpoint)',
      );
    case 'forbidden':
    case 'not-found':
    case 'skipped':
    case 'other':
      return error(object, message, 'see that this is the URL of a Kubernetes API server, and its own log');
  }
}

function certificateRemedy(code: string): string {
  if (/EXPIRED|NOT_YET_VALID/.test(code)) {
    return 'set the clock of this machine, or else renew the certificate (kubeadm certs renew apiserver)';
  }
  if (code.includes('ALTNAME'))
    return 'use a host name or address in the kubeconfig that the certificate is made out to';
  if (/^(EPROTO|ERR_SSL)/.test(code)) return 'see that the URL in the kubeconfig is that of an HTTPS server';
  return `certificate-authority-data in the kubeconfig is not that of this API server: ${FRESH_KUBECONFIG}`;
}

export function checkVersion({ version }: KubeFacts): CheckResult {
  const check = 'kubernetes-version';
  if (version.failure) return unknown(check, version.failure.message);
  const git = version.value;
  const [, major, minor] = (/^v?(\d+)\.(\d+)/.exec(git) ?? []).map(Number);
  if (major === undefined || minor === undefined) {
    const finding = warning('API server', `${JSON.stringify(git)} is no version of Kubernetes`, supported);
    return judged(check, git, [finding]);
  }
  if (major < 1 || (major === 1 && minor < OLDEST_MINOR)) {
    return judged(check, git, [
      error('API server', `Kubernetes ${git} is older than 1.${OLDEST_MINOR}, the oldest that is supported`, supported),
    ]);
  }
  if (major > 1 || minor > NEWEST_MINOR) {
    return judged(check, git, [
      warning(
        'API server',
        `Kubernetes ${git} is newer than 1.${NEWEST_MINOR}, the newest that this Sluice was tested with`,
        'see whether there is a newer Sluice',
      ),
    ]);
  }
  return judged(check, `${git} is supported`);
}

const supported = `run Kubernetes 1.${OLDEST_MINOR} to 1.${NEWEST_MINOR}`;

export function checkPermissions(kube: KubeFacts, config: DoctorConfig): CheckResult {
  const check = 'kubernetes-permissions';
  const { permissions, serviceAccountExists, whoami } = kube;
  const self = whoami.value ?? 'this user';
  const who = config.serviceAccount ? `service account ${config.serviceAccount}` : self;
  const findings: Finding[] = [];
  if (config.serviceAccount && serviceAccountExists.value === false) {
    findings.push(
      error(who, 'does not exist', 'name the one that the chart made: kubectl get serviceaccounts --all-namespaces'),
    );
  }
  if (permissions.failure) {
    if (findings.length > 0) return judged(check, 'nobody to check', findings);
    const { message } = permissions.failure;
    return unknown(
      check,
      config.serviceAccount ? `to ask about another account needs rights of its own: ${message}` : message,
    );
  }
  const missing = permissions.value.filter(({ allowed }) => !allowed);
  findings.push(...missing.map((answer) => permissionFinding(answer.ofSelf ? self : who, answer)));
  const forController = permissions.value.filter(({ permission }) => permission.user === 'controller');
  const lacking = forController.filter(({ allowed }) => !allowed).length;
  const summary =
    lacking === 0
      ? `${who} has all ${forController.length} that the controller needs`
      : `${who} lacks ${lacking} of the ${forController.length} that the controller needs`;
  return judged(check, summary, findings);
}

/** What to ask: the controller's permissions, and of people also those of `sluice release`, which they may want to run. */
export function permissionQuestions(config: DoctorConfig, whoami: string | undefined): PermissionQuestion[] {
  const { leaderElect, leaderElectNamespace, leaseName, loadBalancerClasses, serviceAccount } = config;
  return KUBE_PERMISSIONS.flatMap((permission) => {
    const { user, when, scope, object } = permission;
    if (user === 'release' && (whoami === undefined || isAccount(whoami))) return [];
    if (when === 'leader-election' && !leaderElect) return [];
    if (when === 'lbc' && !loadBalancerClasses.includes(LBC_CLASS)) return [];
    const name = object === 'lease' ? leaseName : object;
    const namespace = scope === 'lease-namespace' ? leaderElectNamespace : scope;
    const ofSelf = user === 'release' || serviceAccount === undefined;
    return [{ permission, ofSelf, ...(namespace !== 'cluster' && { namespace }), ...(name && { object: name }) }];
  });
}

/** Whether the name is that of a service account, whose roles the chart makes. */
export function isAccount(name: string): boolean {
  return /^(service account |system:serviceaccount:)/.test(name);
}

function permissionFinding(who: string, answer: PermissionAnswer): Finding {
  const { permission, namespace, object } = answer;
  const { apiGroup, resource, verb, user, why } = permission;
  const what = `${resource}${apiGroup && `.${apiGroup}`}${object ? ` ${JSON.stringify(object)}` : ''}`;
  const where = namespace ? `in namespace ${namespace}` : 'in all namespaces';
  const problem = `may not ${verb} ${what} ${where} (${why})`;
  const allow = `allow ${verb} on ${what} ${where} by a ${namespace ? 'Role' : 'ClusterRole'}`;
  if (user === 'release') {
    return warning(who, `${problem}: sluice release would fail`, `${allow}, or let somebody who may do it release`);
  }
  if (isAccount(who))
    return error(who, problem, `helm upgrade with rbac.create=true restores the chart's roles; or ${allow}`);
  return error(
    who,
    problem,
    `${allow}; or check the installed controller's account with --service-account NAMESPACE/NAME`,
  );
}
