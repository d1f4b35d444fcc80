/** What the tests of `sluice doctor` do to a stage, and how they read its report. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { CONFIG } from '../cloud/support/doctor.ts';
import { iamPolicy } from '../../src/cloud/aws/iam-policy.ts';
import type { DoctorConfig } from '../../src/cloud/doctor/config.ts';
import { runDoctor } from '../../src/cloud/doctor/doctor.ts';
import type { CheckName, Report } from '../../src/cloud/doctor/report.ts';
import { type Front, type FrontOptions, startFront } from '../tools/front.ts';
import { createGate } from '../tools/iam-gate.ts';
import { CLUSTER, type Stage, startStage } from './stage.ts';

export const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** A stage, and the doctor in this process. */
export class World {
  readonly policy = iamPolicy({ clusterName: CLUSTER });
  readonly #fronts: Front[] = [];
  #stage: Stage | undefined;

  get stage(): Stage {
    if (!this.#stage) throw new Error('the stage has not started');
    return this.#stage;
  }

  /** The controller's, for `--service-account`. */
  get serviceAccount(): string {
    const { namespace, name } = this.stage.account;
    return `${namespace}/${name}`;
  }

  async start(): Promise<void> {
    this.#stage = await startStage({ nodes: 2, zones: 2 });
    this.useCloud();
  }

  async stop(): Promise<void> {
    vi.unstubAllEnvs();
    for (const front of this.#fronts) await front.stop();
    await this.#stage?.stop();
  }

  /** This process's AWS is the stage's. */
  useCloud(): void {
    vi.stubEnv('AWS_ENDPOINT_URL', this.stage.proxy.url);
    for (const [name, value] of Object.entries(CREDENTIALS)) vi.stubEnv(name, value);
  }

  /** What the doctor says, asked by the cluster's admin unless `change` names another. */
  examine(change: Partial<DoctorConfig> = {}): Promise<Report> {
    const config: DoctorConfig = {
      ...CONFIG,
      kubeconfig: this.stage.kube.kubeconfig,
      clusterName: CLUSTER,
      awsRequestTimeoutMs: 5_000,
      timeoutMs: 20_000,
      ...change,
    };
    return runDoctor(config, new AbortController().signal);
  }

  /** While AWS enforces Sluice's own policy, without the actions that `cut` picks. */
  async under<T>(body: () => Promise<T>, cut: (action: string) => boolean = () => false): Promise<T> {
    const { endpoint, network, proxy } = this.stage;
    const Statement = this.policy.Statement.map((one) => ({
      ...one,
      Action: one.Action.filter((action) => !cut(action)),
    }));
    const gate = createGate({ ...this.policy, Statement }, endpoint.url, network.region);
    proxy.onCall = gate.onCall;
    try {
      return await body();
    } finally {
      proxy.onCall = undefined;
      gate.stop();
    }
  }

  /** The URL of a front, which ends with this. */
  async front(options: FrontOptions): Promise<string> {
    const started = await startFront(options);
    this.#fronts.push(started);
    return started.url;
  }
}

/** A check's status, then its findings: `error node a: what is wrong`. */
export function said(report: Report, check: CheckName): string[] {
  const result = report.checks.find((one) => one.check === check);
  if (!result) throw new Error(`no check ${check}`);
  const findings = result.findings.map(({ severity, object, problem }) => `${severity} ${object}: ${problem}`);
  return [result.status, ...findings];
}

/** The checks that are not as they would be with nothing wrong. */
export function notOk(report: Report): string[] {
  return report.checks.filter(({ status }) => status !== 'ok').map(({ check, status }) => `${check} ${status}`);
}

/** A change of the stage that is taken back after `body`, whatever comes of it. */
export async function during<T>(change: () => Promise<unknown>, undo: () => Promise<unknown>, body: () => Promise<T>) {
  try {
    await change();
    return await body();
  } finally {
    await undo();
  }
}

/** Writes a kubeconfig into the stage's folder; gives its path. JSON is YAML. */
export function kubeconfig(
  stage: Stage,
  name: string,
  cluster: object,
  user: object = { token: stage.kube.token },
): string {
  const path = join(stage.kube.dir, `kubeconfig-${name}`);
  const config = {
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

/** Sends something to the API server as its admin. @throws Error with what it answered */
export async function send(stage: Stage, method: string, path: string, body?: unknown) {
  const answer = await stage.kube.request(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as { metadata: { name: string } };
}

export const microTime = (ageMs = 0): string => new Date(Date.now() - ageMs).toISOString().replace('Z', '000Z');

/** Makes a Lease of kube-system that was renewed so long ago; gives what deletes it. */
export async function makeLease(
  stage: Stage,
  name: string,
  ageMs = 0,
  holderIdentity = 'rival-1',
): Promise<() => Promise<unknown>> {
  const collection = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
  const spec = { holderIdentity, leaseDurationSeconds: 15, renewTime: microTime(ageMs) };
  await send(stage, 'POST', collection, { metadata: { name }, spec });
  return () => send(stage, 'DELETE', `${collection}/${name}`);
}

/** Makes a Deployment; no pod will come of it. */
export async function makeDeployment(
  stage: Stage,
  namespace: string,
  name: string,
  args: string[],
  labels: Record<string, string> = {},
): Promise<() => Promise<unknown>> {
  const collection = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  await send(stage, 'POST', collection, {
    metadata: { name, labels },
    spec: {
      selector: { matchLabels: { name } },
      template: { metadata: { labels: { name } }, spec: { containers: [{ name: 'c', image: `x/${name}`, args }] } },
    },
  });
  return () => send(stage, 'DELETE', `${collection}/${name}`);
}
