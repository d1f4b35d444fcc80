/** The report as people read it. Pure. */
import type { CheckResult, Report } from './report.ts';

const MARKS: Record<CheckResult['status'], string> = {
  ok: '✓ ok     ',
  warning: '! warning',
  error: '✗ error  ',
  unknown: '? unknown',
};

/** A line a check, what is wrong beneath it, each with its remedy; at the end the counts. */
export function renderText(report: Report): string {
  const width = Math.max(...report.checks.map(({ check }) => check.length));
  const lines = report.checks.flatMap(({ check, status, summary, findings }) => [
    `${MARKS[status]}  ${check.padEnd(width)}  ${oneLine(summary)}`,
    ...findings.flatMap(({ severity, object, problem, remedy }) => [
      `    ${severity}: ${oneLine(object)}: ${oneLine(problem)}`,
      `      remedy: ${oneLine(remedy)}`,
    ]),
  ]);
  return `${[...lines, '', lastLine(report)].join('\n')}\n`;
}

export function renderJson(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function lastLine({ clusterName, healthy, checks }: Report): string {
  const of = (status: CheckResult['status']) => checks.filter((check) => check.status === status).length;
  const counts = `${of('ok')} ok, ${of('warning')} with warnings, ${of('error')} with errors, ${of('unknown')} unknown`;
  return `cluster ${JSON.stringify(clusterName)}: ${healthy ? 'nothing wrong' : 'not ready for Sluice'} (${counts})`;
}

/** Text from AWS and from objects: nothing of it may look like another line, or steer a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{C}]+/gu, ' ').trim();
}
