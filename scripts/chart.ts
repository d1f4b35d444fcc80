/** The parts of `charts/sluice` that are made from the tables of flags and permissions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { controllerOptions } from '../src/cli/options/controller.ts';
import { releaseOptions } from '../src/cli/options/release.ts';
import type { Option, OptionTable } from '../src/cli/option.ts';
import { KUBE_PERMISSIONS } from '../src/cloud/kube-permissions.ts';
import { rulesTemplate } from './chart-rules.ts';
import { chartSchema, type JsonSchema } from './chart-schema.ts';

const CHART = 'charts/sluice';
const VALUES = `${CHART}/values.yaml`;
const NOTICE = '{{- /* Made from the code by `npm run generate`; change it there. */ -}}';

/**
 * Flags that the chart decides itself, each with why. Every other flag of the controller is a value of its name in
 * camelCase.
 */
export const CONTROLLER_EXCEPTIONS: Readonly<Record<string, string>> = {
  kubeconfig: "the pod's service account is used",
  'cluster-name': 'the top-level clusterName',
  'leader-elect-namespace': "the release's own, as POD_NAMESPACE",
  'metrics-address': 'controller.metricsPort',
  'health-address': 'controller.healthPort',
};

/** Of `sluice release`. What it shares with the controller it gets from the controller's values. */
export const RELEASE_EXCEPTIONS: Readonly<Record<string, string>> = {
  kubeconfig: "the pod's service account is used",
  'cluster-name': 'the top-level clusterName',
  all: 'always',
  delete: 'release.deleteLoadBalancers',
  timeout: 'release.timeout',
};

/** Every generated file of the chart, for `scripts/generate.ts`. */
export const CHART_FILES = [
  { path: `${CHART}/values.schema.json`, content: () => `${JSON.stringify(schema(), undefined, 2)}\n` },
  { path: `${CHART}/templates/_flags.tpl`, content: flagsTemplate },
  { path: `${CHART}/templates/_rules.tpl`, content: () => `${NOTICE}\n${rulesTemplate(KUBE_PERMISSIONS)}` },
  { path: VALUES, content: () => withFlags(readFileSync(join(import.meta.dirname, '..', VALUES), 'utf8')) },
];

/** The name of a flag's value: `drift-period` → `driftPeriod`. */
export function valueName(flag: string): string {
  return flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The flags that are values of `controller`. @throws Error for an exception that is no flag. */
export function controllerFlags(): Option[] {
  return without(controllerOptions, CONTROLLER_EXCEPTIONS);
}

/** The flags that `sluice release` gets from the values of `controller`. */
export function releaseFlags(): Option[] {
  const shared = without(releaseOptions, RELEASE_EXCEPTIONS);
  const known = controllerFlags().map(({ flag }) => flag);
  const strangers = shared.filter(({ flag }) => !known.includes(flag));
  if (strangers.length > 0) {
    throw new Error(`--${strangers[0]?.flag} of sluice release is no value of the controller: make it an exception`);
  }
  return shared;
}

function without(table: OptionTable, exceptions: Readonly<Record<string, string>>): Option[] {
  const options = Object.values(table);
  for (const flag of Object.keys(exceptions)) {
    if (!options.some((option) => option.flag === flag)) throw new Error(`the exception --${flag} is no flag`);
  }
  return options.filter(({ flag }) => !Object.hasOwn(exceptions, flag));
}

function schema(): JsonSchema {
  const flags = controllerFlags().map((option) => [valueName(option.flag), flagSchema(option)]);
  const { clusterName, timeoutMs } = releaseOptions;
  return chartSchema({
    flags: Object.fromEntries(flags) as Record<string, JsonSchema>,
    // The templates say better than a schema what an empty name lacks.
    clusterName: { ...flagSchema(clusterName), minLength: 0 },
    timeout: flagSchema(timeoutMs),
  });
}

function flagSchema(option: Option): JsonSchema {
  const { type, ...rest } = option.schema.meta() ?? {};
  if (typeof type !== 'string') throw new Error(`--${option.flag}: its kind of value has no JSON schema as metadata`);
  const { help: description } = option;
  return canBeOff(option)
    ? { description, type: [type, 'boolean'], enum: [...(rest['enum'] as string[]), false] }
    : { description, type, ...rest };
}

/** Helm reads YAML 1.1, where the unquoted word off is false. */
function canBeOff({ schema: kind }: Option): boolean {
  return (kind.meta()?.['enum'] as string[] | undefined)?.includes('off') ?? false;
}

function flagsTemplate(): string {
  return [
    NOTICE,
    "{{- /* Flags of `sluice controller` that are set. Those that are not keep the program's defaults. */}}",
    define('sluice.controller.flags', controllerFlags()),
    '{{- /* Flags that `sluice release` shares with the controller. */}}',
    define('sluice.release.flags', releaseFlags()),
    '{{- /* The name of the Lease, for the role. */}}',
    '{{- define "sluice.leaseName" -}}',
    `{{- .Values.controller.${valueName(controllerOptions.leaseName.flag)} | default "${controllerOptions.leaseName.fallback}" }}`,
    '{{- end }}',
    '{{- /* The classes that are held, between commas. */}}',
    '{{- define "sluice.classes" -}}',
    `{{- join "," (.Values.controller.${valueName(controllerOptions.loadBalancerClasses.flag)} | default (list "${controllerOptions.loadBalancerClasses.fallback}")) }}`,
    '{{- end }}',
    '',
  ].join('\n');
}

function define(name: string, options: Option[]): string {
  const lines = options.map((option) => {
    const value = `.${valueName(option.flag)}`;
    return `{{- if not (kindIs "invalid" ${value}) }}\n- {{ ${printed(option, value)} | quote }}\n{{- end }}`;
  });
  return [`{{- define "${name}" -}}`, '{{- with .Values.controller }}', ...lines, '{{- end }}', '{{- end }}'].join(
    '\n',
  );
}

/** Numbers of a values file may be floats, which would be printed as such. */
function printed(option: Option, value: string): string {
  const { flag } = option;
  if (canBeOff(option)) return `printf "--${flag}=%s" (ternary "off" ${value} (kindIs "bool" ${value}))`;
  switch (option.schema.meta()?.['type']) {
    case 'integer':
      return `printf "--${flag}=%d" (int64 ${value})`;
    case 'boolean':
      return `printf "--${flag}=%t" ${value}`;
    case 'array':
      return `printf "--${flag}=%s" (join "," ${value})`;
    default:
      return `printf "--${flag}=%s" ${value}`;
  }
}

/** Where the flags are listed in values.yaml, by marks in comments: each as a comment with its default. */
function withFlags(values: string): string {
  const [start, end] = ['  # Flags of `sluice controller`', '  # End of the flags.'];
  const from = values.indexOf('\n', values.indexOf(start)) + 1;
  const to = values.indexOf(end);
  if (!values.includes(start) || to < from) throw new Error(`${VALUES}: the marks around the flags are gone`);
  const flags = controllerFlags().map((option) => {
    const kind = option.schema.meta()?.['type'];
    const text = option.fallback ?? '';
    const shown = kind === 'array' ? `[${text.split(',').join(', ')}]` : text;
    return `  # -- ${option.help}\n  # ${`${valueName(option.flag)}: ${shown}`.trimEnd()}\n`;
  });
  return values.slice(0, from) + flags.join('') + values.slice(to);
}
