import { spawn } from 'node:child_process';
import { goTool } from '../../../scripts/tools.mjs';

export interface Run {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the real kubectl against a kubeconfig. */
export type Kubectl = (words: string | readonly string[], input?: string) => Promise<Run>;

/** kubectl for a cluster; its caches live beside the kubeconfig, so that nothing of another cluster is remembered. */
export function kubectlFor(kubeconfig: string, cacheDir: string): Kubectl {
  return (words, input) =>
    new Promise((resolve, reject) => {
      const args = typeof words === 'string' ? words.split(' ').filter(Boolean) : [...words];
      const child = spawn(goTool('kubectl'), ['--kubeconfig', kubeconfig, '--cache-dir', cacheDir, ...args], {
        stdio: ['pipe', 'pipe', 'pipe'],
        timeout: 60_000,
        env: { PATH: process.env['PATH'], HOME: cacheDir, KUBE_EDITOR: process.env['KUBE_EDITOR'] },
      });
      let out = '';
      let err = '';
      child.stdout.on('data', (part) => {
        out += String(part);
      });
      child.stderr.on('data', (part) => {
        err += String(part);
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, out, err }));
      child.stdin.end(input ?? '');
    });
}
