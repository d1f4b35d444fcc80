/** What `sluice doctor` says of the API server, of permissions there, and of clocks. */
import { describe, expect, test } from 'vitest';
import { checkClock } from '../../src/cloud/doctor/check-clock.ts';
import { checkApi, checkPermissions, checkVersion, permissionQuestions } from '../../src/cloud/doctor/check-kube.ts';
import type { KubeFacts } from '../../src/cloud/doctor/facts.ts';
import { failureOf, type FailureKind } from '../../src/cloud/doctor/look.ts';
import { ApiError, ConnectionError } from '../../src/kube/errors.ts';
import { ConfigError } from '../../src/runtime/config-error.ts';
import { awsError } from './support/aws.ts';
import { CONFIG, facts, failed, said } from './support/doctor.ts';

const kube = (change: Partial<Omit<KubeFacts, 'leases'>> = {}) => facts({ kube: change }).kube;

describe('the API server', () => {
  test('one that answers', () => {
    expect(checkApi(kube()).summary).toBe(
      'https://k answers, and knows this as system:serviceaccount:kube-system:sluice',
    );
    const unknowing = checkApi(kube({ whoami: failed('not-found') }));
    expect(unknowing).toMatchObject({ status: 'ok', summary: 'https://k answers' });
  });

  test.each<[string, FailureKind, string, string, string]>([
    [
      'no kubeconfig',
      'config',
      '',
      'kubeconfig /x: no such file; give another file with --kubeconfig',
      'error https://k: kubeconfig /x: no such file → give another file with --kubeconfig',
    ],
    [
      'TLS, a foreign authority',
      'certificate',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'self-signed',
      'error https://k: its certificate is not trusted: self-signed → certificate-authority-data in the kubeconfig is not that of this API server: get a fresh kubeconfig (on EKS: aws eks update-kubeconfig --name NAME)',
    ],
    [
      'TLS, expired',
      'certificate',
      'CERT_HAS_EXPIRED',
      'expired',
      'error https://k: its certificate is not trusted: expired → set the clock of this machine, or else renew the certificate (kubeadm certs renew apiserver)',
    ],
    [
      'TLS, another name',
      'certificate',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'altname',
      'error https://k: its certificate is not trusted: altname → use a host name or address in the kubeconfig that the certificate is made out to',
    ],
    [
      'no TLS',
      'certificate',
      'EPROTO',
      'wrong version number',
      'error https://k: its certificate is not trusted: wrong version number → see that the URL in the kubeconfig is that of an HTTPS server',
    ],
    [
      'a 401',
      'unauthenticated',
      '',
      '401 Unauthorized',
      'error https://k: it does not accept these credentials: 401 Unauthorized → get a fresh kubeconfig (on EKS: aws eks update-kubeconfig --name NAME), and see that its user or role may enter the cluster (on EKS: aws eks list-access-entries)',
    ],
    [
      'a refused connection',
      'unreachable',
      'ECONNREFUSED',
      'connect ECONNREFUSED',
      'error https://k: no answer: connect ECONNREFUSED → see that the API server runs, and that this machine may reach it (VPN, proxy, firewall, private endpoint)',
    ],
    [
      'no such host',
      'unreachable',
      'ENOTFOUND',
      'getaddrinfo ENOTFOUND k',
      'error https://k: no answer: getaddrinfo ENOTFOUND k → check the host in the kubeconfig and the DNS here; a private endpoint has a name only inside its VPC',
    ],
    [
      'silence',
      'deadline',
      '',
      'no answer within --timeout',
      'error https://k: no answer: no answer within --timeout → see that the API server runs, and that this machine may reach it (VPN, proxy, firewall, private endpoint)',
    ],
    [
      'something else',
      'other',
      '',
      '502 Bad Gateway',
      'error https://k: 502 Bad Gateway → see that this is the URL of a Kubernetes API server, and its own log',
    ],
  ])('%s', (_what, kind, code, message, finding) => {
    expect(said(checkApi(kube({ version: failed(kind, message, code) })))).toEqual(['error', finding]);
  });

  test('it may tell its version to somebody whom it does not let in', () => {
    expect(checkApi(kube({ whoami: failed('unauthenticated', '401') })).status).toBe('error');
  });
});

test.each([
  ['v1.32.0', 'ok'],
  ['v1.34.1-eks-7f3a1b2', 'ok'],
  ['v1.37.2', 'ok'],
  ['v1.32.0-rc.1+k3s1', 'ok'],
  [
    'v1.31.9-eks-113cf36',
    'error API server: Kubernetes v1.31.9-eks-113cf36 is older than 1.32, the oldest that is supported → run Kubernetes 1.32 to 1.37',
  ],
  [
    'v1.38.0',
    'warning API server: Kubernetes v1.38.0 is newer than 1.37, the newest that this Sluice was tested with → see whether there is a newer Sluice',
  ],
  ['unset', 'warning API server: "unset" is no version of Kubernetes → run Kubernetes 1.32 to 1.37'],
])('version %s: %s', (version, finding) => {
  const [status, ...findings] = said(checkVersion(kube({ version: { value: version } })));
  expect(findings[0] ?? status).toBe(finding);
  expect(status).toBe(finding.split(' ')[0]);
});

test('no version: unknown', () => {
  expect(checkVersion(kube({ version: failed('unreachable') })).status).toBe('unknown');
});

describe('permissions', () => {
  const asked = (config = CONFIG, whoami = 'system:serviceaccount:kube-system:sluice') =>
    permissionQuestions(config, whoami).map(({ permission, ofSelf, namespace, object }) =>
      [permission.user, permission.verb, permission.resource, namespace, object, !ofSelf && 'of the account']
        .filter(Boolean)
        .join(' '),
    );
  const all = (config = CONFIG, whoami?: string) =>
    permissionQuestions(config, whoami).map((question) => ({ ...question, allowed: true }));

  test('those of the controller are asked for, as it is configured', () => {
    expect(asked()).toEqual([
      'controller list services',
      'controller watch services',
      'controller patch services',
      'controller patch services/status',
      'controller list nodes',
      'controller watch nodes',
      'controller create events',
      'controller patch events',
      'controller create leases kube-system',
      'controller get leases kube-system sluice-controller',
      'controller update leases kube-system sluice-controller',
    ]);
    const without = asked({ ...CONFIG, leaderElect: false });
    expect(without.filter((one) => one.includes('leases'))).toEqual([]);
    const lbc = { ...CONFIG, loadBalancerClasses: ['service.k8s.aws/nlb'], leaderElectNamespace: 'lb', leaseName: 'x' };
    expect(asked(lbc).filter((one) => one.includes('leases'))).toEqual([
      'controller create leases lb',
      'controller get leases lb x',
      'controller update leases lb x',
      'controller get leases kube-system aws-load-balancer-controller-leader',
    ]);
  });

  test('people are asked for those of sluice release too, and the account for the controller’s only', () => {
    const { length } = asked();
    expect(asked(CONFIG, 'jane').slice(length)).toEqual([
      'release list services',
      'release get services',
      'release patch services',
      'release patch services/status',
      'release create events',
      'release list nodes',
    ]);
    const other = asked({ ...CONFIG, serviceAccount: 'lb/sluice' }, 'jane');
    expect(other.filter((one) => one.endsWith('of the account'))).toHaveLength(length);
    expect(other.filter((one) => one.startsWith('release') && one.endsWith('of the account'))).toEqual([]);
  });

  const spoil = (allowed: ReturnType<typeof all>, verb: string, resource: string, user = 'controller') =>
    allowed.map((one) => ({
      ...one,
      allowed: !(one.permission.verb === verb && one.permission.resource === resource && one.permission.user === user),
    }));

  test('none is missing', () => {
    expect(checkPermissions(kube(), CONFIG)).toMatchObject({
      status: 'ok',
      summary: 'system:serviceaccount:kube-system:sluice has all 11 that the controller needs',
    });
  });

  test.each([
    [
      'the pod’s own account',
      CONFIG,
      'system:serviceaccount:kube-system:sluice',
      'patch',
      'services/status',
      'controller',
      "error system:serviceaccount:kube-system:sluice: may not patch services/status in all namespaces (hostname and conditions) → helm upgrade with rbac.create=true restores the chart's roles; or allow patch on services/status in all namespaces by a ClusterRole",
    ],
    [
      'one object of a namespace',
      CONFIG,
      'system:serviceaccount:kube-system:sluice',
      'update',
      'leases',
      'controller',
      'error system:serviceaccount:kube-system:sluice: may not update leases.coordination.k8s.io "sluice-controller" in namespace kube-system (taking, renewing and giving back the Lease) → helm upgrade with rbac.create=true restores the chart\'s roles; or allow update on leases.coordination.k8s.io "sluice-controller" in namespace kube-system by a Role',
    ],
    [
      'a person',
      CONFIG,
      'jane',
      'watch',
      'nodes',
      'controller',
      "error jane: may not watch nodes in all namespaces (how they change) → allow watch on nodes in all namespaces by a ClusterRole; or check the installed controller's account with --service-account NAMESPACE/NAME",
    ],
    [
      'the installed account, asked by a person',
      { ...CONFIG, serviceAccount: 'lb/sluice' },
      'jane',
      'watch',
      'nodes',
      'controller',
      "error service account lb/sluice: may not watch nodes in all namespaces (how they change) → helm upgrade with rbac.create=true restores the chart's roles; or allow watch on nodes in all namespaces by a ClusterRole",
    ],
    [
      'a person who would release',
      { ...CONFIG, serviceAccount: 'lb/sluice' },
      'jane',
      'get',
      'services',
      'release',
      'warning jane: may not get services in all namespaces (the Service as it is now): sluice release would fail → allow get on services in all namespaces by a ClusterRole, or let somebody who may do it release',
    ],
  ] as const)('%s lacks one', (_who, config, whoami, verb, resource, user, finding) => {
    const permissions = { value: spoil(all(config, whoami), verb, resource, user) };
    const result = checkPermissions(kube({ whoami: { value: whoami }, permissions }), config);
    expect(said(result)).toEqual([finding.split(' ')[0], finding]);
    if (user === 'controller') expect(result.summary).toContain('lacks 1 of the 11');
  });

  test('a service account that there is not', () => {
    const config = { ...CONFIG, serviceAccount: 'lb/slucie' };
    const finding =
      'error service account lb/slucie: does not exist → name the one that the chart made: kubectl get serviceaccounts --all-namespaces';
    const absent = { serviceAccountExists: { value: false } };
    expect(said(checkPermissions(kube(absent), config))).toEqual(['error', finding]);
    const forbidden = { ...absent, permissions: failed('forbidden') };
    expect(said(checkPermissions(kube(forbidden), config))).toEqual(['error', finding]);
  });

  test('not to be told', () => {
    const permissions = failed('forbidden', 'User "jane" cannot create resource "subjectaccessreviews"');
    const result = checkPermissions(kube({ permissions }), { ...CONFIG, serviceAccount: 'lb/sluice' });
    expect(result).toMatchObject({
      status: 'unknown',
      summary:
        'could not be looked at: to ask about another account needs rights of its own: User "jane" cannot create resource "subjectaccessreviews"',
    });
    expect(checkPermissions(kube({ permissions: failed('unreachable') }), CONFIG).status).toBe('unknown');
  });
});

describe('clocks', () => {
  const reading = (seconds: number, uncertaintyMs = 600) => ({ offsetMs: seconds * 1000, uncertaintyMs });
  const NTP = 'synchronise it with NTP (on EC2: chrony with server 169.254.169.123)';

  test.each<[string, Parameters<typeof checkClock>[0], string[]]>([
    ['both agree', { kube: reading(1), aws: reading(-1) }, ['ok']],
    ['30 s cannot be told from less', { aws: reading(30.5) }, ['ok']],
    ['a slow answer is no skew', { kube: reading(40, 20_000) }, ['ok']],
    [
      'behind AWS',
      { aws: reading(45) },
      [
        'warning',
        `warning clock of this machine: is 45s behind that of AWS; AWS refuses signatures that are 5m off → ${NTP}`,
      ],
    ],
    [
      'far ahead of both',
      { kube: reading(-299.6), aws: reading(-300) },
      [
        'error',
        `error clock of this machine: is 5m ahead of that of AWS; AWS refuses signatures that are 5m off → ${NTP}`,
        `error clock of this machine: is 5m ahead of that of the API server; tokens and Leases are judged by the time → ${NTP}`,
      ],
    ],
    [
      'the API server’s is off',
      { kube: reading(100), aws: reading(0) },
      [
        'warning',
        `warning clock of this machine: is 1m40s behind that of the API server; tokens and Leases are judged by the time → this machine agrees with AWS, so the API server's clock is off: ${NTP} there`,
      ],
    ],
    [
      'all three differ',
      { kube: reading(100), aws: reading(-100) },
      [
        'warning',
        `warning clock of this machine: is 1m40s ahead of that of AWS; AWS refuses signatures that are 5m off → ${NTP}`,
        `warning clock of this machine: is 1m40s behind that of the API server; tokens and Leases are judged by the time → ${NTP}`,
      ],
    ],
    ['nobody told', {}, ['unknown']],
  ])('%s', (_what, clocks, expected) => {
    expect(said(checkClock(clocks))).toEqual(expected);
  });
});

test.each<[Parameters<typeof checkClock>[0], string]>([
  [{ kube: { offsetMs: 0, uncertaintyMs: 500 } }, 'agrees with the API server'],
  [{ aws: { offsetMs: 30_500, uncertaintyMs: 500 } }, 'agrees with AWS'],
  [{ aws: { offsetMs: 90_000, uncertaintyMs: 500 } }, 'compared with AWS'],
])('clocks %j: %s', (clocks, summary) => {
  expect(checkClock(clocks).summary).toBe(summary);
});

describe('what a failure means', () => {
  const system = (code: string) => Object.assign(new Error(`connect ${code}`), { code });
  const kubeError = (status: number) => new ApiError('GET', '/x', status, { message: 'because' });
  test.each<[string, unknown, FailureKind, string | undefined]>([
    ['a wrong kubeconfig', new ConfigError('no file; give one'), 'config', undefined],
    ['401', kubeError(401), 'unauthenticated', undefined],
    ['403', kubeError(403), 'forbidden', undefined],
    ['404', kubeError(404), 'not-found', undefined],
    ['503', kubeError(503), 'other', undefined],
    ['a refused connection', new ConnectionError('GET', '/x', system('ECONNREFUSED')), 'unreachable', 'ECONNREFUSED'],
    [
      'of two addresses',
      new ConnectionError('GET', '/x', new AggregateError([system('ECONNREFUSED')])),
      'unreachable',
      'ECONNREFUSED',
    ],
    [
      'a silent server',
      new ConnectionError('GET', '/x', new Error('no answer within 10 ms')),
      'unreachable',
      'ConnectionError',
    ],
    [
      'a foreign certificate',
      new ConnectionError('GET', '/x', system('DEPTH_ZERO_SELF_SIGNED_CERT')),
      'certificate',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    ],
    ['an old certificate', system('CERT_HAS_EXPIRED'), 'certificate', 'CERT_HAS_EXPIRED'],
    ['plain HTTP', system('EPROTO'), 'certificate', 'EPROTO'],
    ['no credentials', awsError('CredentialsProviderError'), 'unauthenticated', 'CredentialsProviderError'],
    ['EC2: wrong credentials', awsError('AuthFailure', 401), 'unauthenticated', 'AuthFailure'],
    ['ELBv2: old credentials', awsError('ExpiredToken', 403), 'unauthenticated', 'ExpiredToken'],
    ['EC2: denied', awsError('UnauthorizedOperation', 403), 'forbidden', 'UnauthorizedOperation'],
    ['ELBv2: denied', awsError('AccessDenied', 403), 'forbidden', 'AccessDenied'],
    ['AWS: gone', awsError('LoadBalancerNotFound'), 'not-found', 'LoadBalancerNotFound'],
    ['EC2: gone', awsError('InvalidGroup.NotFound'), 'not-found', 'InvalidGroup.NotFound'],
    ['AWS: anything else', awsError('ValidationError'), 'other', 'ValidationError'],
    ['AWS: no connection', Object.assign(system('ECONNREFUSED'), { $metadata: {} }), 'unreachable', 'ECONNREFUSED'],
    ['AWS: silence', Object.assign(new Error('no answer'), { name: 'TimeoutError' }), 'unreachable', 'TimeoutError'],
    ['what is no error', 'text', 'other', undefined],
  ])('%s', (_what, thrown, kind, code) => {
    const failure = failureOf(thrown);
    expect([failure.kind, failure.code]).toEqual([kind, code]);
    expect(failure.message).not.toBe('');
  });

  test('a refusal is told in the API server’s own sentence', () => {
    const message = 'leases.coordination.k8s.io "x" is forbidden: User "jane" cannot get resource "leases"';
    expect(failureOf(new ApiError('GET', '/x', 403, { reason: 'Forbidden', message })).message).toBe(
      'User "jane" cannot get resource "leases"',
    );
  });
});
