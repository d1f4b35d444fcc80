import { escapeHtml } from '../api/field-error.ts';
import { own, put } from '../api/own.ts';
import type { Json, JsonObject, KubeObject } from '../api/object.ts';
import type { Atom } from './atom.ts';
import { compareObjects } from './compare.ts';
import { difference, type FieldSet } from './set.ts';
import { toFieldSet } from './to-set.ts';
import { validateObject } from './validate.ts';
import { compareText, isMap } from './value.ts';

/** The annotation of client-side apply, and how server-side apply by kubectl takes it over. */

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The manager for whom the annotation is looked at. */
export const KUBECTL = 'kubectl';

/** `validation.TotalAnnotationSizeLimitB` */
const MOST_ANNOTATIONS = 256 * 1024;

/**
 * What client-side apply set and nobody changed since: conflicts about these fields are none (`lastappliedmanager.go`).
 * Undefined when the live object has no usable annotation.
 */
export function lastAppliedFields(atom: Atom, live: KubeObject, apiVersion: string): FieldSet | undefined {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  if (!text || validateObject(atom, live).length > 0) return undefined;
  const last = parse(text);
  if (last?.['apiVersion'] !== apiVersion || !last['kind'] || validateObject(atom, last).length > 0) return undefined;
  const { modified, added, removed } = compareObjects(atom, last, live);
  return difference(difference(difference(toFieldSet(atom, last), modified), added), removed);
}

function parse(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The object with its annotation telling what was applied just now, if it has one (`lastappliedupdater.go`). */
export function withLastApplied(object: KubeObject, applied: JsonObject): KubeObject {
  const { annotations = {}, ...metadata } = object.metadata;
  if (!own(annotations, LAST_APPLIED)) return object;
  const kept = { ...annotations, [LAST_APPLIED]: lastAppliedText(applied) };
  if (annotationsSize(kept) > MOST_ANNOTATIONS) delete (kept as Partial<typeof kept>)[LAST_APPLIED];
  return { ...object, metadata: { ...metadata, annotations: kept } };
}

function annotationsSize(annotations: Record<string, string>): number {
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) size += Buffer.byteLength(key) + Buffer.byteLength(value);
  return size;
}

/** The applied object without the annotation itself, as Go writes a map: keys sorted, a line. */
function lastAppliedText(applied: JsonObject): string {
  const metadata = own(applied, 'metadata');
  const annotations = isMap(metadata) ? own(metadata, 'annotations') : undefined;
  let object = applied;
  if (isMap(metadata)) {
    const { annotations: _, ...rest } = metadata;
    const { [LAST_APPLIED]: __, ...kept } = isMap(annotations) ? annotations : {};
    object = { ...applied, metadata: isMap(annotations) ? { ...rest, annotations: kept } : rest };
  }
  return `${escapeHtml(JSON.stringify(sorted(object)))}\n`;
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  const out: JsonObject = {};
  for (const key of Object.keys(value).sort(compareText)) put(out, key, sorted(value[key] as Json));
  return out;
}
