import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtInImages, resolveImage } from '../../../src/cluster/images/index.ts';
import { BUILT_IN, type Launch } from '../../../src/cluster/images/built-in.ts';
import { parseReference } from '../../../src/cluster/images/reference.ts';
import {
  type ContainerCommand,
  parseBinding,
  resolveExecLaunch,
  resolveLaunch,
} from '../../../src/cluster/images/resolve.ts';

/** For a small program. */
const FLAGS = ['--v8-pool-size=1', '--max-semi-space-size=1'];

const NONE = new Map<string, readonly string[]>();

/** `whoami: --port 81` for a program of ours, `$ sh -c …` for a command of the machine. */
const shown = (launch: Launch): string =>
  'program' in launch ? [`${launch.program}:`, ...launch.args].join(' ') : ['$', ...launch.argv].join(' ');

function run(image: string, container: ContainerCommand = {}, bindings = NONE): string {
  const launch = resolveLaunch(image, container, bindings);
  return 'problem' in launch ? `${launch.reason}: ${launch.problem}` : shown(launch);
}

describe('a built-in image', () => {
  test.each<[string, ContainerCommand, string]>([
    ['registry.k8s.io/e2e-test-images/agnhost:2.53', {}, 'agnhost: pause'],
    [
      'registry.k8s.io/e2e-test-images/agnhost:2.53',
      { args: ['netexec', '--http-port=80'] },
      'agnhost: netexec --http-port=80',
    ],
    ['k8s.gcr.io/e2e-test-images/agnhost:2.39', { command: ['/agnhost'], args: ['pause'] }, 'agnhost: pause'],
    ['k8s.gcr.io/e2e-test-images/agnhost', { command: ['/agnhost', 'serve-hostname'] }, 'agnhost: serve-hostname'],
    ['registry.k8s.io/e2e-test-images/agnhost:2.53', { command: ['/bin/sh', '-c', 'true'] }, '$ /bin/sh -c true'],
    ['registry.k8s.io/serve_hostname:v1.4', {}, 'serve-hostname:'],
    ['traefik/whoami', {}, 'whoami:'],
    ['containous/whoami:v1', { args: ['--port', '81'] }, 'whoami: --port 81'],
    ['hashicorp/http-echo:1.0', { args: ['-text=hi'] }, 'http-echo: -text=hi'],
    ['nginx', {}, 'nginx: -g daemon off;'],
    ['nginx:alpine', { command: ['nginx', '-g', 'daemon off;'] }, 'nginx: -g daemon off;'],
    ['public.ecr.aws/docker/library/nginx:1', { command: ['/usr/sbin/nginx'] }, 'nginx:'],
    ['nginx', { args: ['sleep', '9'] }, '$ sleep 9'],
    ['nginxinc/nginx-unprivileged:1.27', {}, 'nginx: --port=8080 -g daemon off;'],
    ['httpd:2.4', {}, 'httpd:'],
    ['registry.k8s.io/echoserver:1.10', {}, 'echoserver:'],
    ['gcr.io/google_containers/echoserver:1.4', {}, 'echoserver:'],
    ['kicbase/echo-server:1.0', {}, 'echo-server:'],
    ['gcr.io/google-samples/hello-app:1.0', {}, 'hello-app: --version=1.0.0'],
    ['us-docker.pkg.dev/google-samples/containers/gke/hello-app:2.0', {}, 'hello-app: --version=2.0.0'],
    ['gcr.io/google-samples/kubernetes-bootcamp:v1', {}, 'kubernetes-bootcamp: --version=1'],
    ['jocatalin/kubernetes-bootcamp:v2', {}, 'kubernetes-bootcamp: --version=2'],
    ['busybox', {}, '$ sh'],
    ['busybox:1.36', { command: ['sleep'], args: ['3600'] }, '$ sleep 3600'],
    ['registry.k8s.io/e2e-test-images/busybox:1.29-4', { args: ['wget', '-qO-', 'web'] }, '$ wget -qO- web'],
    ['alpine:3', { args: ['sh', '-c', 'id'] }, '$ sh -c id'],
    ['nicolaka/netshoot', { command: ['dig'] }, '$ dig'],
    ['registry.k8s.io/e2e-test-images/jessie-dnsutils:1.3', { command: ['sleep', 'infinity'] }, '$ sleep infinity'],
    ['curlimages/curl', {}, '$ curl'],
    ['curlimages/curl:8.1', { args: ['-s', 'http://web'] }, '$ curl -s http://web'],
    ['curlimages/curl', { args: ['http://web:80/'] }, '$ curl http://web:80/'],
    ['curlimages/curl', { args: ['sleep', '60'] }, '$ sleep 60'],
    ['curlimages/curl', { args: ['/bin/a.sh'] }, '$ /bin/a.sh'],
    ['curlimages/curl', { command: ['curl', '-v'], args: ['web'] }, '$ curl -v web'],
    // Names that every object has by inheritance are no programs.
    ['traefik/whoami', { command: ['constructor'] }, '$ constructor'],
  ])('%s with %j runs %s', (image, container, expected) => {
    expect(run(image, container)).toBe(expected);
  });

  test.each([
    'registry.k8s.io/pause:3.10',
    'k8s.gcr.io/pause-amd64:3.1',
    'rancher/mirrored-pause:3.6',
    '602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/pause:3.5',
  ])('%s waits', (image) => {
    expect(run(image)).toMatch(/^\$ sh -c exec .* pause$/);
    expect(run(image, { command: ['/pause'] })).toBe(run(image));
  });

  test.each(['unpause', 'nginx/nginx-ingress', 'quay.io/nginx', 'whoami', 'agnhost'])('%s is none', (image) => {
    expect(run(image)).toContain('ErrImagePull: image');
  });

  test('is named once, by names that are normal', () => {
    const all = BUILT_IN.flatMap(({ repositories }) => repositories);
    expect(new Set(all).size).toBe(all.length);
    for (const name of all) expect(parseReference(name)).toEqual({ repository: name, tag: 'latest' });
  });

  test('starts as this Node', () => {
    expect(resolveImage('traefik/whoami', { args: ['--port=1'] }, NONE)).toEqual({
      argv: [process.execPath, ...FLAGS, expect.stringMatching(/programs\/run\.mjs$/), 'whoami', '--port=1'],
    });
    expect(resolveImage('alpine', {}, NONE)).toEqual({ argv: ['sh'] });
  });

  test('is in docs/images.md, with what it answers', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/images.md'), 'utf8');
    for (const { names, answers } of builtInImages()) expect(page).toContain(`\n| \`${names[0]}\` | ${answers} |\n`);
  });
});

describe('a command given to exec', () => {
  test.each<[string, string[], string]>([
    ['registry.k8s.io/e2e-test-images/agnhost:2.53', ['/agnhost', 'connect', 'a:1'], 'agnhost: connect a:1'],
    ['nginx', ['sh', '-c', 'echo'], '$ sh -c echo'],
  ])('in %s: %j runs %s', (image, command, expected) => {
    const launch = resolveExecLaunch(image, command, NONE);
    expect('problem' in launch ? launch : shown(launch)).toBe(expected);
  });
});

describe('an image that is neither built in nor bound', () => {
  test('says how to bind it', () => {
    expect(run('redis:7')).toBe(
      `ErrImagePull: image "redis:7" is neither built in nor bound to a local command, and no image is pulled here; ` +
        `bind it: sluice cluster --image 'redis=COMMAND'`,
    );
    expect(run('quay.io/a/b')).toContain("--image 'quay.io/a/b=COMMAND'");
  });

  test('whose name is wrong says that', () => {
    expect(run('NGINX')).toBe('InvalidImageName: image "NGINX" must be in lower case');
  });
});

/** The bindings that these flags give. */
function bound(...flags: string[]): Map<string, readonly string[]> {
  return new Map(
    flags.map((flag) => {
      const binding = parseBinding(flag);
      if ('problem' in binding) throw new Error(binding.problem);
      return [binding.image, binding.command];
    }),
  );
}

describe('a binding', () => {
  test.each<[string, string, string[]]>([
    ['redis=redis-server', 'docker.io/library/redis', ['redis-server']],
    ['redis:7=redis-server --port 6380', 'docker.io/library/redis:7', ['redis-server', '--port', '6380']],
    ['redis:latest=x', 'docker.io/library/redis:latest', ['x']],
    ['localhost:5000/app=./app --a=b', 'localhost:5000/app', ['./app', '--a=b']],
    [`x/y=sh -c 'exec a "$1"'`, 'docker.io/x/y', ['sh', '-c', 'exec a "$1"']],
  ])('%s', (flag, image, command) => {
    expect(parseBinding(flag)).toEqual({ image, command });
  });

  test.each([
    ['redis', "has no =; write NAME=COMMAND, such as redis='redis-server --port 6379'"],
    ['=x', 'names no image; write NAME=COMMAND'],
    ['redis=', 'has no command; write NAME=COMMAND'],
    ["redis=''", 'has no command; write NAME=COMMAND'],
    ['Redis=x', 'names an image that must be in lower case'],
    ["redis='x", "has a command that has a ' that is never closed"],
  ])('%s: %s', (flag, problem) => {
    expect(parseBinding(flag)).toEqual({ problem });
  });

  test.each<[string, ContainerCommand, string]>([
    ['redis', {}, '$ a'],
    ['docker.io/library/redis:6', { args: ['-x'] }, '$ a -x'],
    ['redis:7', { args: ['-x'] }, '$ b -x'],
    ['redis:7', { command: ['c'], args: ['-x'] }, '$ c -x'],
    ['nginx', {}, '$ mine'],
    // The machine's, for this image is no longer ours.
    ['nginx', { command: ['nginx'] }, '$ nginx'],
  ])('of %s with %j runs %s', (image, container, expected) => {
    expect(run(image, container, bound('redis=a', 'redis:7=b', 'nginx=mine'))).toBe(expected);
  });
});
