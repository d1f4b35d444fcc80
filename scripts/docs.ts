/** The lists of flags and metrics in `docs/`, made from the tables that the program itself reads. */
import { clusterSpec } from '../src/cli/cluster.ts';
import { nodeSpec } from '../src/cli/node.ts';
import { controllerSpec } from '../src/cli/controller.ts';
import { doctorSpec } from '../src/cli/doctor.ts';
import { endpointsSpec } from '../src/cli/endpoints.ts';
import { iamPolicySpec } from '../src/cli/iam-policy.ts';
import { namesOf, type Option, variablesOf } from '../src/cli/option.ts';
import { proxySpec } from '../src/cli/proxy.ts';
import { releaseSpec } from '../src/cli/release.ts';
import { VIRTUAL_KINDS } from '../src/cluster/kinds/table.ts';
import { SERVED } from '../src/cluster/registry/kinds.ts';
import { subresources } from '../src/cluster/server/discovery.ts';
import { ENDPOINTS_DEFAULTS } from '../src/endpoints/config.ts';
import { createEndpointsMetrics } from '../src/endpoints/metrics.ts';
import { createProxyMetrics } from '../src/proxy/metrics.ts';
import { createMetrics } from '../src/runtime/metrics.ts';

/** Every generated document, for `scripts/generate.ts`. */
export const DOCUMENTS = [
  {
    path: 'docs/flags.md',
    content: () =>
      flagsDocument([
        controllerSpec,
        proxySpec,
        endpointsSpec,
        clusterSpec,
        nodeSpec,
        releaseSpec,
        doctorSpec,
        iamPolicySpec,
      ]),
  },
  { path: 'docs/metrics.md', content: metricsDocument },
  { path: 'docs/cluster-kinds.md', content: kindsDocument },
];

const MADE = '<!-- Made from the code by `npm run generate`; change it there. -->';

/** Every flag of every command: name, variables, default, meaning. Markdown. */
function flagsDocument(specs: readonly Spec[]): string {
  const sections = specs.map(({ name, summary, options, operands }) =>
    [
      `## \`sluice ${name}${operands ? ` ${operands.usage}` : ''}\``,
      summary,
      table(['flag', 'environment', 'default', ''], flagRows(options)),
    ].join('\n\n'),
  );
  const intro = [
    'A flag wins over its environment variable, the variable over the default; an empty variable counts as not set.',
    'Booleans are written `--flag`, `--no-flag` or `--flag=true`. Durations have a unit: `90s`, `10m`, `1h30m`.',
    'In the chart each flag of the controller is a value of the same name in camelCase: `--drift-period` is `controller.driftPeriod`.',
  ].join('\n');
  return `${MADE}\n\n# Flags\n\n${intro}\n\n${sections.join('\n\n')}\n`;
}

/** What this reads of a command's specification, whatever its options are. */
interface Spec {
  name: string;
  summary: string;
  options: Readonly<Record<string, Option>>;
  operands?: { usage: string };
}

function flagRows(options: Spec['options']): string[][] {
  return Object.values(options).map((option) => [
    code(`${namesOf(option)}${option.placeholder ? ` ${option.placeholder}` : ''}`),
    variablesOf(option).map(code).join(' '),
    option.presence === 'required' ? 'required' : option.fallback === undefined ? '' : code(option.fallback),
    option.help,
  ]);
}

/** Every kind that the embedded API server has. Markdown. */
function kindsDocument(): string {
  const rows = SERVED.map((kind) => [
    code(kind.resource),
    kind.kind,
    code(kind.apiVersion),
    (kind.shortNames ?? []).map(code).join(' '),
    kind.namespaced ? 'yes' : 'no',
    subresources(kind)
      .map(({ name }) => code(name))
      .join(' '),
  ]);
  const asked = VIRTUAL_KINDS.map(({ kind, group, version }) => `${kind} (${code(`${group}/${version}`)})`).join(', ');
  const head = ['resource', 'kind', 'version', 'short', 'in a namespace', 'subresources'];
  return `${MADE}\n\n# Kinds of the embedded API server\n\n${table(head, rows)}\n\nAnswered rather than stored: ${asked}.\n`;
}

/** Every metric with its type, labels and help. Markdown. */
async function metricsDocument(): Promise<string> {
  const { registry } = createMetrics();
  createProxyMetrics(registry);
  createEndpointsMetrics(registry, ENDPOINTS_DEFAULTS.maxEndpointsPerSlice);
  const all = registry.getMetricsAsArray() as unknown as MetricShape[];
  const rows = all
    .filter(({ name }) => !isNodes(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, type, labelNames = [], help }) => [code(name), type, labelNames.map(code).join(' '), help]);
  return `${MADE}

# Metrics

Served at \`/metrics\` on \`--metrics-address\` in the Prometheus text format. Queue, API client and leader election metrics have the
names that client-go's have, so dashboards fit. All durations are in seconds.

${table(['metric', 'type', 'labels', ''], rows)}

Of the process itself there are prom-client's default metrics, \`process_…\` and \`nodejs_…\`.
`;
}

interface MetricShape {
  name: string;
  help: string;
  type: string;
  labelNames?: string[];
}

const isNodes = (name: string) => name.startsWith('nodejs_') || name.startsWith('process_');

const code = (text: string) => `\`${text}\``;

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
