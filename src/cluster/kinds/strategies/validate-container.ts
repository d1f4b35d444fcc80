/** Containers of pods (kubernetes `pkg/apis/core/validation`, `validateContainers` and what it calls). */
import {
  at,
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
  tooMany,
} from '../../api/field-error.ts';
import { isDns1123Label, isPortName, isPortNumber } from '../../validation/names.ts';
import { all, list, type Part, texts } from './common.ts';
import { validateContainerResourceName } from './resources.ts';
import { validateEnv, validateEnvFrom } from './validate-env.ts';
import { validateLifecycleAndProbes } from './validate-probe.ts';
import { validateRequirements } from './validate-resources.ts';
import { validateSecurityContext } from './validate-security.ts';
import { validateRelativePath } from './validate-volumes.ts';

/** What the containers of a pod have in common. */
export interface PodContext {
  /** The pod's volumes by name; only those that are right. */
  volumes: ReadonlyMap<string, Part>;
  claimNames: ReadonlySet<string>;
  /** terminationGracePeriodSeconds */
  grace: number | undefined;
  restartPolicy: string;
  hostUsers: boolean;
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const RESTART_POLICIES = ['Always', 'Never', 'OnFailure'];
const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None'];

function validatePorts(ports: Part[], path: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name, containerPort = 0, hostPort = 0, protocol = '' }, index) => {
    const place = at(path, index);
    const errors: FieldError[] = [];
    if (name) {
      const wrong = isPortName(name);
      errors.push(...all(`${place}.name`, name, wrong));
      if (wrong.length === 0 && names.has(name)) errors.push(duplicate(`${place}.name`, name));
      if (wrong.length === 0) names.add(name);
    }
    if (containerPort === 0) errors.push(required(`${place}.containerPort`));
    else errors.push(...all(`${place}.containerPort`, containerPort, isPortNumber(containerPort)));
    if (hostPort !== 0) errors.push(...all(`${place}.hostPort`, hostPort, isPortNumber(hostPort)));
    if (!protocol) errors.push(required(`${place}.protocol`));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${place}.protocol`, protocol, PROTOCOLS));
    return errors;
  });
}

const RECURSIVE = ['Disabled', 'Enabled', 'IfPossible'];

function validateRecursive(mount: Part, path: string): FieldError[] {
  const { recursiveReadOnly: value, readOnly, mountPropagation: propagation } = mount;
  if (typeof value !== 'string' || value === 'Disabled') return [];
  if (!RECURSIVE.includes(value)) return [notSupported(path, value, RECURSIVE)];
  const errors: FieldError[] = [];
  if (!readOnly) errors.push(forbidden(path, 'may only be specified when readOnly is true'));
  if (typeof propagation === 'string' && propagation !== 'None') {
    errors.push(forbidden(path, 'may only be specified when mountPropagation is None or not specified'));
  }
  return errors;
}

function validateMounts(container: Part, { volumes }: PodContext, path: string): FieldError[] {
  const devices = list(container['volumeDevices']);
  const seen = new Set<string>();
  return list(container['volumeMounts']).flatMap((mount, index) => {
    const place = at(path, index);
    const { name = '', mountPath = '', subPath, subPathExpr, mountPropagation: propagation } = mount;
    const errors: FieldError[] = [];
    if (!name) errors.push(required(`${place}.name`));
    if (!volumes.has(name)) errors.push(notFound(`${place}.name`, name));
    if (!mountPath) errors.push(required(`${place}.mountPath`));
    if (seen.has(mountPath)) errors.push(invalid(`${place}.mountPath`, mountPath, 'must be unique'));
    seen.add(mountPath);
    if (devices.some((one) => one['name'] === name)) {
      errors.push(invalid(`${place}.name`, name, 'must not already exist in volumeDevices'));
    }
    if (devices.some((one) => one['devicePath'] === mountPath)) {
      errors.push(invalid(`${place}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
    }
    // For these upstream's path has no index.
    if (subPath) errors.push(...validateRelativePath(subPath, `${path}.subPath`));
    if (subPathExpr) {
      if (subPath) {
        errors.push(invalid(`${place}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
      }
      errors.push(...validateRelativePath(subPathExpr, `${path}.subPathExpr`));
    }
    if (typeof propagation === 'string') {
      if (!PROPAGATIONS.includes(propagation)) {
        errors.push(notSupported(`${path}.mountPropagation`, propagation, PROPAGATIONS));
      }
      if (propagation === 'Bidirectional' && !container['securityContext']?.privileged) {
        const words = 'Bidirectional mount propagation is available only to privileged containers';
        errors.push(forbidden(`${path}.mountPropagation`, words));
      }
    }
    errors.push(...validateRecursive(mount, `${path}.recursiveReadOnly`));
    return errors;
  });
}

function validateDevices(container: Part, { volumes }: PodContext, path: string): FieldError[] {
  const mounts = list(container['volumeMounts']);
  const names = new Set<string>();
  const paths = new Set<string>();
  return list(container['volumeDevices']).flatMap(({ name = '', devicePath = '' }, index) => {
    const place = at(path, index);
    const volume = volumes.get(name);
    const errors: FieldError[] = [];
    const wrongName = (words: string) => errors.push(invalid(`${place}.name`, name, words));
    const wrongPath = (words: string) => errors.push(invalid(`${place}.devicePath`, devicePath, words));
    if (!name) errors.push(required(`${place}.name`));
    if (names.has(name)) wrongName('must be unique');
    if (volume && !volume['persistentVolumeClaim'] && !volume['ephemeral']) {
      wrongName('can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode');
    }
    if (!volume) errors.push(notFound(`${place}.name`, name));
    if (!devicePath) errors.push(required(`${place}.devicePath`));
    if (paths.has(devicePath)) wrongPath('must be unique');
    if (devicePath.split('/').includes('..')) wrongPath("can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (mounts.some((one) => one['name'] === name)) wrongName('must not already exist in volumeMounts');
    if (mounts.some((one) => one['mountPath'] === devicePath)) {
      wrongPath('must not already exist as a path in volumeMounts');
    }
    if (name) names.add(name);
    return errors;
  });
}

const RESIZED = ['cpu', 'memory'];
const RESIZE_POLICIES = ['NotRequired', 'RestartContainer'];

function validateResizePolicy(policies: Part[], { restartPolicy }: PodContext, path: string): FieldError[] {
  const seen = new Set<string>();
  return policies.flatMap(({ resourceName = '', restartPolicy: policy = '' }, index) => {
    const errors: FieldError[] = [];
    if (seen.has(resourceName)) errors.push(duplicate(at(path, index), resourceName));
    seen.add(resourceName);
    const one = (value: string, allowed: readonly string[]) => {
      if (!value) errors.push(required(path));
      else if (!allowed.includes(value)) errors.push(notSupported(path, value, allowed));
    };
    one(resourceName, RESIZED);
    one(policy, RESIZE_POLICIES);
    if (restartPolicy === 'Never' && policy !== 'NotRequired') {
      errors.push(invalid(path, policy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
    }
    return errors;
  });
}

/** What containers of all types have in common. */
export function validateCommon(container: Part, context: PodContext, path: string): FieldError[] {
  const { name = '', image = '', terminationMessagePolicy: messages = '', imagePullPolicy: pull = '' } = container;
  const errors = name ? all(`${path}.name`, name, isDns1123Label(name)) : [required(`${path}.name`)];
  if (!image) errors.push(required(`${path}.image`));
  const one = (value: string, allowed: readonly string[], field: string) => {
    if (!value) errors.push(required(`${path}.${field}`));
    else if (!allowed.includes(value)) errors.push(notSupported(`${path}.${field}`, value, allowed));
  };
  one(messages, MESSAGE_POLICIES, 'terminationMessagePolicy');
  errors.push(
    ...validatePorts(list(container['ports']), `${path}.ports`),
    ...validateEnv(list(container['env']), `${path}.env`),
    ...validateEnvFrom(list(container['envFrom']), `${path}.envFrom`),
    ...validateMounts(container, context, `${path}.volumeMounts`),
    ...validateDevices(container, context, `${path}.volumeDevices`),
  );
  one(pull, PULL_POLICIES, 'imagePullPolicy');
  errors.push(
    ...validateRequirements(
      container['resources'] ?? {},
      `${path}.resources`,
      validateContainerResourceName,
      context.claimNames,
    ),
    ...validateResizePolicy(list(container['resizePolicy']), context, `${path}.resizePolicy`),
    ...validateSecurityContext(container['securityContext'], `${path}.securityContext`, context.hostUsers),
  );
  return errors;
}

const ACTIONS = ['Restart', 'RestartAllContainers'];
const EXIT_OPERATORS = ['In', 'NotIn'];
const MOST_RULES = 20;
const MOST_CODES = 255;

function validateRestartPolicy(
  { restartPolicy: policy, restartPolicyRules }: Part,
  path: string,
  init: boolean,
): FieldError[] {
  const rules = list(restartPolicyRules);
  const errors: FieldError[] = [];
  if (policy === undefined || policy === null) {
    const words = 'must specify restartPolicy when restart rules are used';
    if (rules.length > 0) errors.push(required(`${path}.restartPolicy`, words));
    // Upstream looks no further at an init container.
    if (init) return errors;
  } else if (!RESTART_POLICIES.includes(policy)) {
    errors.push(notSupported(`${path}.restartPolicy`, policy, RESTART_POLICIES));
  }
  const place = `${path}.restartPolicyRules`;
  if (rules.length > MOST_RULES) errors.push(tooMany(place, rules.length, MOST_RULES));
  rules.forEach(({ action = '', exitCodes }, index) => {
    const rule = at(place, index);
    if (!ACTIONS.includes(action)) errors.push(notSupported(`${rule}.action`, action, ACTIONS));
    if (!exitCodes) return void errors.push(required(`${rule}.exitCodes`, 'must be specified'));
    const { operator = '', values } = exitCodes;
    if (!EXIT_OPERATORS.includes(operator)) {
      errors.push(notSupported(`${rule}.exitCodes.operator`, operator, EXIT_OPERATORS));
    }
    const count = texts(values).length;
    if (count > MOST_CODES) errors.push(tooMany(`${rule}.exitCodes.values`, count, MOST_CODES));
  });
  return errors;
}

function validateHostPorts(containers: readonly Part[], path: string): FieldError[] {
  const seen = new Set<string>();
  return containers.flatMap((container, index) =>
    list(container['ports']).flatMap(({ hostPort = 0, hostIP = '', protocol = '' }, i) => {
      if (hostPort === 0) return [];
      const text = `${protocol}/${hostIP}/${hostPort}`;
      const twice = seen.has(text);
      seen.add(text);
      return twice ? [duplicate(`${at(`${at(path, index)}.ports`, i)}.hostPort`, text)] : [];
    }),
  );
}

export function validateContainers(containers: Part[], context: PodContext, path: string): FieldError[] {
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  const errors = containers.flatMap((container, index) => {
    const place = at(path, index);
    const { name = '' } = container;
    const own = validateCommon(container, context, place);
    if (names.has(name)) own.push(duplicate(`${place}.name`, name));
    names.add(name);
    return [
      ...own,
      ...validateLifecycleAndProbes(container, place, context.grace),
      ...validateRestartPolicy(container, place, false),
    ];
  });
  return [...errors, ...validateHostPorts(containers, path)];
}

const ONLY_SIDECARS = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'];

export function validateInitContainers(spec: Part, context: PodContext, path: string): FieldError[] {
  const names = new Set(list(spec['containers']).map(({ name = '' }) => name as string));
  return list(spec['initContainers']).flatMap((container, index) => {
    const place = at(path, index);
    const { name = '' } = container;
    const errors = [...validateCommon(container, context, place), ...validateRestartPolicy(container, place, true)];
    if (names.has(name)) errors.push(duplicate(`${place}.name`, name));
    else if (name) names.add(name);
    errors.push(...validateHostPorts([container], path));
    const sidecar = container['restartPolicy'] === 'Always';
    if (sidecar) errors.push(...validateLifecycleAndProbes(container, place, context.grace));
    else {
      for (const field of ONLY_SIDECARS) {
        if (!container[field]) continue;
        const words = 'may not be set for init containers without restartPolicy=Always';
        errors.push(forbidden(`${place}.${field}`, words));
      }
      list(container['resizePolicy']).forEach(({ restartPolicy: policy }, i) => {
        if (policy !== 'RestartContainer') return;
        const words = "must not be set to 'RestartContainer' for non-sidecar initContainers";
        errors.push(invalid(`${at(`${place}.resizePolicy`, i)}.restartPolicy`, policy, words));
      });
    }
    return errors;
  });
}
