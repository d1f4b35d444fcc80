import { request as httpsRequest } from 'node:https';
import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../../../src/cluster/api/object.ts';
import { StatusError } from '../../../src/cluster/api/status.ts';
import { applyFields, type FieldsWrite, keepManagedTimes, trackUpdate } from '../../../src/cluster/fields/manager.ts';
import { normaliseObject } from '../../../src/cluster/schema/decode.ts';
import { kindSchema, type StructSchema } from '../../../src/cluster/schema/schema.ts';
import type { KubeAccess, KubeAnswer } from '../../tools/control-plane.ts';

/** A kind that scenarios write to. */
export interface ScenarioKind {
  group: string;
  version: string;
  kind: string;
  resource: string;
  /** What each endpoint ('' or a subresource) resets. */
  resets: Record<string, string[][]>;
  /** Fields that the server fills in by itself when the object is created. */
  allocated: string[];
}

export const CONFIG_MAP: ScenarioKind = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  resource: 'configmaps',
  resets: {},
  allocated: [],
};

export const SERVICE: ScenarioKind = {
  group: '',
  version: 'v1',
  kind: 'Service',
  resource: 'services',
  resets: { '': [['status']], status: [['spec']] },
  allocated: ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'],
};

export const DEPLOYMENT: ScenarioKind = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  resource: 'deployments',
  resets: { '': [['status']], status: [['spec'], ['metadata', 'labels']] },
  allocated: [],
};

export const SERVICE_ACCOUNT: ScenarioKind = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  resource: 'serviceaccounts',
  resets: {},
  allocated: [],
};

const plain = (group: string, kind: string, resource: string, more: Partial<ScenarioKind> = {}): ScenarioKind => ({
  group,
  version: 'v1',
  kind,
  resource,
  resets: {},
  allocated: [],
  ...more,
});

export const SECRET = plain('', 'Secret', 'secrets');

export const ENDPOINT_SLICE = plain('discovery.k8s.io', 'EndpointSlice', 'endpointslices');

export const INGRESS = plain('networking.k8s.io', 'Ingress', 'ingresses', {
  resets: { '': [['status']], status: [['spec']] },
});

export const POD = plain('', 'Pod', 'pods', {
  resets: {
    '': [['status']],
    status: [['spec'], ['metadata', 'deletionTimestamp'], ['metadata', 'ownerReferences']],
  },
});

/** A write to one object. */
export interface Step {
  verb: 'apply' | 'create' | 'put' | 'merge';
  /** `fieldManager` of the request. */
  by: string;
  force?: boolean;
  subresource?: string;
  /** Without apiVersion, kind and name, which every body gets; or what makes it of the live object. */
  body: JsonObject | ((live: KubeObject) => JsonObject);
}

const APPLY = 'application/apply-patch+yaml';

export function sendAs(
  access: KubeAccess,
  method: string,
  path: string,
  body: unknown,
  type = 'application/json',
): Promise<KubeAnswer> {
  const headers = { authorization: `Bearer ${access.token}`, accept: 'application/json', 'content-type': type };
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(new URL(access.url + path), { method, ca: access.ca, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('error', reject).on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }));
    });
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** What the server made of a step and what we make of it, in a form to be compared. */
export interface Outcome {
  theirs: unknown;
  ours: unknown;
}

/** An object on the real server; each step is also done by our functions from the same live object. */
export class Scenario {
  readonly #access: KubeAccess;
  readonly #kind: ScenarioKind;
  readonly #name: string;
  readonly #schema: StructSchema;

  constructor(access: KubeAccess, kind: ScenarioKind, name: string) {
    this.#access = access;
    this.#kind = kind;
    this.#name = name;
    this.#schema = kindSchema(kind.group, kind.version, kind.kind);
  }

  get #apiVersion(): string {
    const { group, version } = this.#kind;
    return group ? `${group}/${version}` : version;
  }

  get #root(): string {
    const { group, version, resource } = this.#kind;
    return `/${group ? `apis/${group}` : 'api'}/${version}/namespaces/default/${resource}`;
  }

  async live(): Promise<KubeObject | undefined> {
    const { status, body } = await sendAs(this.#access, 'GET', `${this.#root}/${this.#name}`, undefined);
    return status === 200 ? body : undefined;
  }

  async step(step: Step): Promise<Outcome> {
    const live = await this.live();
    const made = typeof step.body === 'function' ? step.body(live as KubeObject) : step.body;
    const { metadata } = made as { metadata?: JsonObject };
    const whole = step.verb === 'merge' ? {} : { apiVersion: this.#apiVersion, kind: this.#kind.kind };
    const body = { ...whole, ...made, metadata: { ...(step.verb !== 'merge' && { name: this.#name }), ...metadata } };
    const query = `?fieldManager=${encodeURIComponent(step.by)}${step.force ? '&force=true' : ''}`;
    const path = `${this.#root}/${this.#name}${step.subresource ? `/${step.subresource}` : ''}${query}`;
    // Before the write: what the server would make of our result is asked with a dry run.
    const applied = step.verb === 'apply' ? await this.#apply(step, live, body) : undefined;
    const answer = await this.#send(step, path, `${this.#root}${query}`, body);
    const theirs = this.#comparable(answer, applied !== undefined);
    return { theirs, ours: applied ?? this.#track(step, live, body, answer) };
  }

  #send(step: Step, path: string, create: string, body: unknown): Promise<KubeAnswer> {
    switch (step.verb) {
      case 'apply':
        return sendAs(this.#access, 'PATCH', path, body, APPLY);
      case 'create':
        return sendAs(this.#access, 'POST', create, body);
      case 'put':
        return sendAs(this.#access, 'PUT', path, body);
      case 'merge':
        return sendAs(this.#access, 'PATCH', path, body, 'application/merge-patch+json');
    }
  }

  #write(step: Step): FieldsWrite {
    return {
      schema: this.#schema,
      apiVersion: this.#apiVersion,
      manager: step.by,
      subresource: step.subresource ?? '',
      now: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      reset: this.#kind.resets[step.subresource ?? ''] ?? [],
    };
  }

  async #apply(step: Step, live: KubeObject | undefined, body: unknown): Promise<unknown> {
    try {
      const write = { ...this.#write(step), force: step.force ?? false };
      const merged = applyFields(live, body as KubeObject, write);
      const result = live ? keepManagedTimes(live, merged) : merged;
      return this.#comparable(await this.#completed(step, live, result), true);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      return this.#comparable({ status: error.code, body: error.status }, true);
    }
  }

  #track(step: Step, live: KubeObject | undefined, body: unknown, answer: KubeAnswer): unknown {
    if (answer.status >= 400) return this.#comparable(answer, false);
    const sent = (body as { metadata: { managedFields?: ManagedFieldsEntry[] } }).metadata.managedFields;
    const updated = this.#updated(step, live, answer.body, sent);
    return this.#comparable({ status: answer.status, body: trackUpdate(live, updated, this.#write(step)) }, false);
  }

  /** The object as it is when ownership is worked out: decoded and defaulted, nothing allocated. */
  #updated(step: Step, live: KubeObject | undefined, answer: KubeObject, sent?: ManagedFieldsEntry[]): KubeObject {
    const { managedFields: _, uid: __, ...metadata } = answer.metadata;
    const keeps = step.verb === 'merge' && live?.metadata.managedFields;
    const managedFields = sent ?? (keeps || undefined);
    const object: KubeObject = { ...answer, metadata: managedFields ? { ...metadata, managedFields } : metadata };
    if (live || !this.#kind.allocated.length) return object;
    const spec = { ...object['spec'] };
    for (const field of this.#kind.allocated) delete spec[field];
    return { ...object, spec };
  }

  /** What the server makes of our object, or why it refuses it, if a client sends it instead of the applied one. */
  async #completed(step: Step, live: KubeObject | undefined, object: KubeObject): Promise<KubeAnswer> {
    const { resourceVersion: _, managedFields, ...metadata } = object.metadata;
    const name = live ? `/${this.#name}${step.subresource ? `/${step.subresource}` : ''}` : '';
    const path = `${this.#root}${name}?dryRun=All&fieldManager=completer`;
    const sent = { ...object, metadata };
    const answer = await sendAs(this.#access, live ? 'PUT' : 'POST', path, sent);
    if (answer.status >= 400) return answer;
    return { status: answer.status, body: { ...answer.body, metadata: { ...answer.body.metadata, managedFields } } };
  }

  /** Our form of the live object, to show that normalising it changes nothing. */
  async normalised(): Promise<{ live: unknown; normalised: unknown }> {
    const live = await this.live();
    return { live, normalised: live && normaliseObject(live, this.#schema) };
  }

  /** An answer without what differs from one moment to the next; the object only if it is to be compared. */
  #comparable({ status, body }: KubeAnswer, whole: boolean): unknown {
    if (body.kind === 'Status') {
      const { code, reason, message, details } = body;
      return { status, code, reason: reason ?? '', message, causes: details?.causes?.toSorted(byJson) };
    }
    const fields = (body.metadata.managedFields ?? []) as ManagedFieldsEntry[];
    const managedFields = fields
      // As text, for the order of the keys.
      .map(({ time, fieldsV1, ...entry }) => ({ ...entry, time: time !== undefined, fields: JSON.stringify(fieldsV1) }))
      .toSorted(byJson);
    if (!whole) return { managedFields };
    const metadata = { ...body.metadata };
    for (const field of MOMENTARY) delete metadata[field];
    const object = { ...body, metadata };
    if (this.#kind.allocated.length > 0) {
      object.spec = { ...body.spec };
      for (const field of this.#kind.allocated) delete object.spec[field];
      object.spec.ports = body.spec.ports.map(({ nodePort: _, ...port }: JsonObject) => port);
    }
    return { managedFields, object };
  }
}

const MOMENTARY = ['managedFields', 'generation', 'resourceVersion', 'uid', 'creationTimestamp'];

function byJson(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}
