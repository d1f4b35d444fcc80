/**
 * The table of images that are answered by programs of ours, or by the machine's own tools. An image is what its original
 * is: an entrypoint and default arguments, which `resolve.ts` puts together with a container's command and args.
 */

/** The programs of ours, in `programs/`. */
export type ProgramName =
  | 'agnhost'
  | 'serve-hostname'
  | 'whoami'
  | 'http-echo'
  | 'nginx'
  | 'httpd'
  | 'echoserver'
  | 'echo-server'
  | 'hello-app'
  | 'kubernetes-bootcamp';

/** What a container runs: a program of ours, or a command of the machine. */
export type Launch = { program: ProgramName; args: readonly string[] } | { argv: readonly [string, ...string[]] };

export interface BuiltInImage {
  /** Normalised repositories (`reference.ts`). The first is the one that people know. */
  repositories: readonly string[];
  /** Further repositories, by pattern. */
  pattern?: RegExp;
  entrypoint: readonly string[];
  /** Arguments where the container gives none. */
  args: readonly string[];
  /** Programs of the image that are stood in for, by the last part of the path they are called by. */
  own: Readonly<Record<string, StandIn>>;
  /** One line for docs: what it answers and where. */
  answers: string;
}

/** What runs in place of an image's program that is called with these arguments. */
export type StandIn = (args: readonly string[], tag: string) => Launch;

const ours =
  (program: ProgramName, first: (tag: string) => string[] = () => []): StandIn =>
  (args, tag) => ({ program, args: [...first(tag), ...args] });

const hub = (...names: string[]): string[] =>
  names.map((name) => `docker.io/${name.includes('/') ? name : `library/${name}`}`);

/** Images of the Docker library have a mirror that many clusters pull from. */
const library = (name: string): string[] => [
  ...hub(name),
  `public.ecr.aws/docker/library/${name}`,
  `mirror.gcr.io/library/${name}`,
];

const e2e = (name: string): string[] => [
  `registry.k8s.io/e2e-test-images/${name}`,
  `k8s.gcr.io/e2e-test-images/${name}`,
  `us.gcr.io/k8s-artifacts-prod/e2e-test-images/${name}`,
];

/** Names that Kubernetes' own registry has had. */
const kubernetes = (name: string): string[] =>
  ['registry.k8s.io', 'k8s.gcr.io', 'gcr.io/google_containers', 'gcr.io/google-containers'].map(
    (registry) => `${registry}/${name}`,
  );

/** A version such as 2.0.0 of a tag such as `2.0`; undefined for `latest` and the like. */
const versionOf = (tag: string): string | undefined => {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(tag);
  return match ? `${match[1]}.${match[2] ?? 0}.${match[3] ?? 0}` : undefined;
};

/** An image that has the machine's tools, and runs a shell unless told otherwise. */
const tools = (repositories: readonly string[], shell: string): BuiltInImage => ({
  repositories,
  entrypoint: [],
  args: [shell],
  own: {},
  answers: `the machine's own tools; \`${shell}\` unless told otherwise`,
});

/** A shell that waits, silently also when its child is killed too: 2 MB where a Node program has 50, and there may be many. */
const PAUSE = [
  'sh',
  '-c',
  "exec 2>&-; trap 'kill $!; exit 0' TERM INT; while :; do sleep 86400 & wait $!; done",
  'pause',
] as const;

/** As the image's entrypoint: what looks like a flag or a URL is for curl; anything else is a command of its own. */
const curl: StandIn = ([first = 'curl', ...rest]) =>
  first.startsWith('-') || (!first.startsWith('/') && /[.:]/.test(first))
    ? { argv: ['curl', first, ...rest] }
    : { argv: [first, ...rest] };

export const BUILT_IN: readonly BuiltInImage[] = [
  {
    repositories: [...e2e('agnhost'), ...hub('k8sprow/agnhost')],
    entrypoint: ['/agnhost'],
    args: ['pause'],
    own: { agnhost: ours('agnhost'), 'agnhost-2': ours('agnhost') },
    answers: '`netexec` (HTTP 8080, UDP 8081), `serve-hostname` (9376), `porter`, `connect`, `pause` (the default)',
  },
  {
    repositories: [...kubernetes('serve_hostname'), ...kubernetes('serve-hostname'), ...e2e('serve-hostname')],
    entrypoint: ['/serve_hostname'],
    args: [],
    own: { serve_hostname: ours('serve-hostname'), 'serve-hostname': ours('serve-hostname') },
    answers: "the pod's name, on 9376",
  },
  {
    repositories: hub('traefik/whoami', 'containous/whoami', 'emilevauge/whoami'),
    entrypoint: ['/whoami'],
    args: [],
    own: { whoami: ours('whoami') },
    answers: 'host name, addresses, client address and the request, on 80; `/api`, `/health`, `/data`, `/bench`',
  },
  {
    repositories: hub('hashicorp/http-echo'),
    entrypoint: ['/http-echo'],
    args: [],
    own: { 'http-echo': ours('http-echo') },
    answers: 'the text of `-text` or `ECHO_TEXT`, on 5678 or `-listen`',
  },
  {
    repositories: [
      ...library('nginx'),
      'public.ecr.aws/nginx/nginx',
      ...e2e('nginx'),
      ...kubernetes('nginx-slim'),
      ...kubernetes('nginx'),
    ],
    entrypoint: [],
    args: ['nginx', '-g', 'daemon off;'],
    own: { nginx: ours('nginx'), 'nginx-debug': ours('nginx') },
    answers: 'the welcome page of nginx, on 80',
  },
  {
    repositories: [...hub('nginxinc/nginx-unprivileged'), 'ghcr.io/nginxinc/nginx-unprivileged'],
    entrypoint: [],
    args: ['nginx', '-g', 'daemon off;'],
    own: { nginx: ours('nginx', () => ['--port=8080']) },
    answers: 'the welcome page of nginx, on 8080',
  },
  {
    repositories: [...library('httpd'), ...e2e('httpd')],
    entrypoint: [],
    args: ['httpd-foreground'],
    own: { 'httpd-foreground': ours('httpd'), httpd: ours('httpd') },
    answers: '"It works!", on 80',
  },
  {
    repositories: [...kubernetes('echoserver'), ...e2e('echoserver')],
    entrypoint: [],
    args: ['echoserver'],
    own: { echoserver: ours('echoserver') },
    answers: 'host name, client address and the request, on 8080',
  },
  {
    repositories: [...hub('kicbase/echo-server', 'jmalloc/echo-server'), 'ghcr.io/jmalloc/echo-server'],
    entrypoint: ['/bin/echo-server'],
    args: [],
    own: { 'echo-server': ours('echo-server') },
    answers: 'host name and the request, on 8080 or `PORT`',
  },
  {
    repositories: ['gcr.io/google-samples/hello-app', 'us-docker.pkg.dev/google-samples/containers/gke/hello-app'],
    entrypoint: ['./hello-app'],
    args: [],
    own: { 'hello-app': ours('hello-app', (tag) => [`--version=${versionOf(tag) ?? '1.0.0'}`]) },
    answers: '"Hello, world!", the version of its tag and the host name, on 8080 or `PORT`',
  },
  {
    repositories: ['gcr.io/google-samples/kubernetes-bootcamp', ...hub('jocatalin/kubernetes-bootcamp')],
    entrypoint: [],
    args: ['kubernetes-bootcamp'],
    own: {
      'kubernetes-bootcamp': ours('kubernetes-bootcamp', (tag) => [
        `--version=${versionOf(tag)?.split('.')[0] ?? '1'}`,
      ]),
    },
    answers: '"Hello Kubernetes bootcamp!", the host name and the version of its tag, on 8080',
  },
  {
    repositories: kubernetes('pause'),
    // Every distribution has its own copy.
    pattern: /\/(?:mirrored-)?pause(?:-(?:amd64|arm64))?$/,
    entrypoint: ['/pause'],
    args: [],
    own: { pause: () => ({ argv: PAUSE }) },
    answers: 'nothing; waits until it is told to end',
  },
  tools([...library('busybox'), ...e2e('busybox'), ...kubernetes('busybox')], 'sh'),
  tools([...library('alpine')], 'sh'),
  tools([...library('debian'), ...library('ubuntu'), ...library('bash')], 'bash'),
  tools([...hub('nicolaka/netshoot'), 'ghcr.io/nicolaka/netshoot', ...e2e('jessie-dnsutils')], 'bash'),
  {
    repositories: [...hub('curlimages/curl'), 'quay.io/curl/curl'],
    entrypoint: ['/entrypoint.sh'],
    args: ['curl'],
    own: { 'entrypoint.sh': curl },
    answers: "the machine's own `curl`, or what the arguments name",
  },
];
