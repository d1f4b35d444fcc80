/** The networks that the same tests run on. */
import type { Requirement } from '../../support/requirements.ts';
import { takeLoopbackTurn } from '../../support/loopback-turn.ts';
import { describeWith } from '../../support/requirements.ts';
import { ORDINARY_USER, OWN_LOOPBACK } from './users.ts';
import type { NetworkMode } from '../../../src/cluster/network/network.ts';

export interface Setup {
  mode: NetworkMode;
  /** What the process that has the network is started through. */
  prefix: readonly string[];
  rootless: boolean;
}

const SETUPS: (Setup & { title: string; requirements: Requirement[] })[] = [
  { title: 'loopback mode', mode: 'loopback', prefix: OWN_LOOPBACK, rootless: false, requirements: [] },
  { title: 'kernel mode as root', mode: 'kernel', prefix: [], rootless: false, requirements: ['netns'] },
  {
    title: 'kernel mode as an ordinary user',
    mode: 'kernel',
    prefix: ORDINARY_USER,
    rootless: true,
    requirements: ['netns'],
  },
];

/** `describe` for each of them, where it can be had. */
export function describeNetworks(define: (setup: Setup) => void): void {
  for (const { title, requirements, ...setup } of SETUPS) {
    describeWith(requirements, title, () => {
      if (setup.mode === 'loopback' && OWN_LOOPBACK.length === 0) takeLoopbackTurn();
      define(setup);
    });
  }
}
