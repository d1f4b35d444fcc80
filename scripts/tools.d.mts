/** A real program (or two) that a test needs; `root`: to be root on Linux, for chroot and another user; `netns`: root, ip and nft, for network namespaces. */
export type Requirement =
  | 'control-plane'
  | 'client-go'
  | 'kubectl'
  | 'helm'
  | 'service-controller'
  | 'moto'
  | 'localstack'
  | 'root'
  | 'netns';

/** Where a Go tool is (or would be, once built). */
export function goTool(
  program:
    | 'kube-apiserver'
    | 'etcd'
    | 'kubectl'
    | 'kube-proxy'
    | 'kube-controller-manager'
    | 'helm'
    | 'service-controller',
): string;

/** The Python that has moto installed. */
export function motoPython(): string;

/** The Python that has LocalStack and its ELBv2 installed. */
export function localStackPython(): string;

/** Why LocalStack can't be installed here, or undefined when it can. */
export function localStackProblem(): string | undefined;

/** Requirement → why it is not there. Empty when every real program is ready to run. Only looks. */
export function missingTools(): Partial<Record<Requirement, string>>;

/** Builds the Go tools unless the cache has them. Throws, in one line, where that is impossible. */
export function ensureGoTools(): void;

/** Installs moto unless the cache has it. Throws, in one line, where that is impossible. */
export function ensureMoto(): void;

/** Installs LocalStack unless the cache has it. Throws, in one line, where that is impossible. */
export function ensureLocalStack(): void;

/** Builds what can be built here and says in one line each what can't. True when everything is ready. */
export function ensureTools(): boolean;
