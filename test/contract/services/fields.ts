import { type Case, type ClusterName, get, type Json, merge, post, spec, told } from './case.ts';

export const BASES = {
  ClusterIP: spec(),
  NodePort: spec({ type: 'NodePort' }),
  LoadBalancer: spec({ type: 'LoadBalancer' }),
  'LoadBalancer, Local': spec({ type: 'LoadBalancer', externalTrafficPolicy: 'Local' }),
  headless: spec({ clusterIP: 'None' }),
  ExternalName: { type: 'ExternalName', externalName: 'example.com' },
} as const;
export type Base = keyof typeof BASES;

export const ALL = Object.keys(BASES) as Base[];
export const BOTH: readonly ClusterName[] = ['single', 'dual'];
export const WRONG_TYPES: readonly Json[] = [null, {}, [], 'x', 7, true, 1.5];
export const TEXT_EDGES: readonly Json[] = [null, '', 7, {}, ['a'], true, ' '];

/** A field and the values that it is given, in Services of some kinds. */
export interface Field {
  field: string;
  bases: readonly Base[];
  values: readonly Json[];
  on?: readonly ClusterName[];
}

/** A base that has the field, or hasn't where the value is `undefined`. */
export const withField = (base: Base, field: string, value: Json): Json => ({ ...BASES[base], [field]: value });
export const withPort = (base: Base, field: string, value: Json): Json => ({
  ...BASES[base],
  ports: [{ port: 80, [field]: value }],
});

/** One case a value: created with it, and patched to it. */
export function casesOf(
  { field, bases, values, on }: Field,
  make: typeof withField,
  patchOf: (value: Json) => Json,
  words: string,
): Case[] {
  return bases.flatMap((base) =>
    values.map((value) => ({
      name: `${base}: ${words}${field} is ${told(value)}`,
      on: on ?? ['single'],
      steps: [
        post({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: make(base, field, value) }),
        post({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'there' }, spec: BASES[base] }),
        merge({ spec: patchOf(value) }, { name: 'there' }),
        get({ name: 'there' }),
      ],
    })),
  );
}
