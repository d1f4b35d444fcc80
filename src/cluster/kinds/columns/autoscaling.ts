/** Tables of `autoscaling` (kubernetes `pkg/printers/internalversion/printers.go`, formatHPAMetrics). */
import type { KubeObject } from '../../api/object.ts';
import type { Column } from '../columns.ts';
import { AGE, count, describe, integer, NAME, nameOf, text } from './column.ts';
import { formatAmount, formatAmountPointer } from './format.ts';

/** A MetricTarget or a MetricValueStatus. */
interface Value {
  value?: string;
  averageValue?: string;
  averageUtilization?: number;
}

interface Source {
  name?: string;
  target?: Value;
  current?: Value;
}

type Metric = { type?: string } & Partial<
  Record<'external' | 'pods' | 'object' | 'resource' | 'containerResource', Source>
>;

const UNKNOWN = '<unknown>';

const percent = (utilization: number | undefined, absent: string): string =>
  utilization === undefined ? absent : `${utilization}%`;

/** Of an external metric, or one of an object: an average where that is the target. */
function ofAnything(target: Value, current: Value | undefined): string {
  if (target.averageValue === undefined) {
    return `${current ? formatAmountPointer(current.value) : UNKNOWN}/${formatAmountPointer(target.value)}`;
  }
  const average = current?.averageValue;
  return `${average === undefined ? UNKNOWN : formatAmount(average)}/${formatAmount(target.averageValue)} (avg)`;
}

/** Of a resource such as `cpu`: an amount or, by default, how much of what pods request is used. */
function ofResource(name: string, target: Value, current: Value | undefined): string {
  if (target.averageValue !== undefined) {
    const average = current ? formatAmountPointer(current.averageValue) : UNKNOWN;
    return `${name}: ${average}/${formatAmount(target.averageValue)}`;
  }
  return `${name}: ${percent(current?.averageUtilization, UNKNOWN)}/${percent(target.averageUtilization, '<auto>')}`;
}

function metricText(metric: Metric, status: Metric | undefined): string {
  const target = (source: Source | undefined): Value => source?.target ?? {};
  const currentOf = (source: Source | undefined) => source && (source.current ?? {});
  switch (metric.type) {
    case 'External':
      return ofAnything(target(metric.external), currentOf(status?.external));
    case 'Object':
      return ofAnything(target(metric.object), currentOf(status?.object));
    case 'Pods': {
      const current = currentOf(status?.pods);
      const shown = current ? formatAmountPointer(current.averageValue) : UNKNOWN;
      return `${shown}/${formatAmountPointer(target(metric.pods).averageValue)}`;
    }
    case 'Resource':
      return ofResource(metric.resource?.name ?? '', target(metric.resource), currentOf(status?.resource));
    case 'ContainerResource': {
      const { containerResource: source } = metric;
      return ofResource(source?.name ?? '', target(source), currentOf(status?.containerResource));
    }
    default:
      return '<unknown type>';
  }
}

/** Current over wanted of the first two metrics; a metric and its status stand at the same place of their lists. */
function targets({ spec, status }: KubeObject): string {
  const metrics: Metric[] = spec?.metrics ?? [];
  const current: Metric[] = status?.currentMetrics ?? [];
  if (metrics.length === 0) return '<none>';
  const shown = metrics.slice(0, 2).map((metric, index) => metricText(metric, current[index]));
  const more = metrics.length - 2;
  return `${shown.join(', ')}${more > 0 ? ` + ${more} more...` : ''}`;
}

export const AUTOSCALING_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  'autoscaling/HorizontalPodAutoscaler': describe('autoscaling/HorizontalPodAutoscaler', [
    NAME,
    text(
      'Reference',
      ({ spec }: KubeObject) => `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`,
    ),
    text('Targets', targets),
    text('MinPods', ({ spec }: KubeObject) => (spec?.minReplicas === undefined ? '<unset>' : `${spec.minReplicas}`)),
    text('MaxPods', count('spec', 'maxReplicas')),
    text('Replicas', count('status', 'currentReplicas')),
    AGE,
  ]),
  // Its name is, unlike all others, not marked as one.
  'autoscaling/Scale': describe('autoscaling/Scale', [
    text('Name', nameOf),
    integer('Desired', count('spec', 'replicas')),
    integer('Available', count('status', 'replicas')),
    AGE,
  ]),
};
