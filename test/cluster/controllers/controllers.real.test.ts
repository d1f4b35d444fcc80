import { afterAll, beforeAll, test } from 'vitest';
import { goTool } from '../../../scripts/tools.mjs';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';
import { type Program, startProgram } from '../../tools/processes.ts';
import { BUDGET_SCENES, count } from './budgets.ts';
import { end, ENDINGS } from './endings.ts';
import { play, SCENES } from './garbage.ts';

/** Upstream waits five seconds before it empties a namespace, and looks again in up to fifteen. */
const PATIENCE = { waitMs: 60_000, stillMs: 1000 };

/** The scenes of garbage-collector.test.ts, namespaces.test.ts and disruption.test.ts. */
describeWith(['control-plane', 'client-go'], 'kube-controller-manager plays so too', () => {
  let plane: ControlPlane;
  let manager: Program;
  beforeAll(async () => {
    plane = await startControlPlane();
    const args = [
      `--kubeconfig=${plane.kubeconfig}`,
      '--controllers=garbage-collector-controller,namespace-controller,disruption-controller',
      '--leader-elect=false',
      '--secure-port=0',
    ];
    manager = await startProgram(goTool('kube-controller-manager'), args, { name: 'kube-controller-manager' });
  });
  afterAll(async () => {
    await manager?.end('SIGKILL');
    await plane?.stop();
  });

  test('garbage', () =>
    Promise.all(SCENES.map(([, ...steps], index) => play(plane, `scene-${index}`, steps, PATIENCE))));
  test('disruption budgets', () =>
    Promise.all(Object.entries(BUDGET_SCENES).map(([name, scene]) => count(plane, `budget-${name}`, scene))));
  test('namespaces', () =>
    Promise.all(ENDINGS.map((ending, index) => end(plane, `ending-${index}`, ending, PATIENCE))));
});
