import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { goTool } from '../../scripts/tools.mjs';
import { removeWithThisProcess } from './processes.ts';

export const CHART = join(import.meta.dirname, '..', '..', 'charts', 'sluice');

/** The API that the load balancer class's policy needs; `helm template` knows of it only when told. */
export const POLICY_API = 'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy';

/** An object of the Kubernetes API as the chart renders it. */
export interface RenderedObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  // oxlint-disable-next-line typescript/no-explicit-any -- any object of the API
  [field: string]: any;
}

/** Values as in a values file. */
export type Values = Readonly<Record<string, unknown>>;

export interface RenderOptions {
  kubeVersion?: string;
  /** Served besides what Helm takes for granted, as `group/version/Kind`. */
  apiVersions?: readonly string[];
  namespace?: string;
  releaseName?: string;
}

const rendered = new Map<string, Promise<RenderedObject[]>>();

/** What `helm template` makes of values, hooks included. Rendered once in a process. @throws Error with Helm's message. */
export function renderChart(values: Values, options: RenderOptions = {}): Promise<RenderedObject[]> {
  const key = JSON.stringify([values, options]);
  const known = rendered.get(key) ?? render(values, options);
  rendered.set(key, known);
  return known;
}

async function render(values: Values, options: RenderOptions): Promise<RenderedObject[]> {
  const { kubeVersion, apiVersions = [], namespace = 'kube-system', releaseName = 'sluice' } = options;
  const args = ['template', releaseName, CHART, '--namespace', namespace, '--values', valuesFile(values)];
  if (kubeVersion) args.push('--kube-version', kubeVersion);
  for (const api of apiVersions) args.push('--api-versions', api);
  const { code, output, errors } = await helm(args);
  if (code !== 0) throw new Error(errors.trim());
  return parseAllDocuments(output).flatMap((document) => (document.toJS() as RenderedObject | null) ?? []);
}

/** The path where an object of the chart is created. */
export function collectionOf({ apiVersion, kind, metadata }: RenderedObject): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const inNamespace = !kind.startsWith('ClusterRole') && !kind.startsWith('MutatingAdmission');
  const plural = kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}s`;
  return `${root}/${inNamespace ? `namespaces/${metadata.namespace}/` : ''}${plural.toLowerCase()}`;
}

export interface HelmRun {
  code: number;
  output: string;
  errors: string;
}

/** What client-go tells of its own watches in Helm, such as of one that Helm ended in the middle of an event. */
const KLOG = /^I\d{4} [^\n]* reflector\.go:[^\n]*\n/gm;

/** Runs Helm to its end; `kubeconfig` is for what talks to an API server. Never reads the user's own configuration. */
export function helm(args: readonly string[], kubeconfig = '/dev/null'): Promise<HelmRun> {
  const home = folder();
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    HELM_CACHE_HOME: join(home, 'cache'),
    HELM_CONFIG_HOME: join(home, 'config'),
    HELM_DATA_HOME: join(home, 'data'),
    KUBECONFIG: kubeconfig,
  };
  return new Promise((resolve, reject) => {
    execFile(goTool('helm'), args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, output, errors) => {
      if (error && typeof error.code !== 'number') reject(new Error(`helm can't be run: ${error.message}`));
      else resolve({ code: Number(error?.code ?? 0), output, errors: errors.replaceAll(KLOG, '') });
    });
  });
}

let files = 0;

/** Writes values to a file for `--values`; gives its path. */
export function valuesFile(values: Values): string {
  const path = join(folder(), `values-${files++}.json`);
  // JSON is YAML in every version; Helm's is 1.1.
  writeFileSync(path, JSON.stringify(values));
  return path;
}

let dir: string | undefined;

function folder(): string {
  if (dir === undefined) {
    dir = mkdtempSync(join(tmpdir(), 'sluice-helm-'));
    removeWithThisProcess(dir);
  }
  return dir;
}
