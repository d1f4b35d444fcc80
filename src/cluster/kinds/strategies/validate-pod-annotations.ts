/** Annotations that mean something to pods (kubernetes `pkg/apis/core/validation`, `ValidatePodSpecificAnnotations`). Pure. */
import { type FieldError, forbidden, invalid, keyed } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';

const PATH = 'metadata.annotations';
const MIRROR = 'kubernetes.io/config.mirror';
const COST = 'controller.kubernetes.io/pod-deletion-cost';
const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/';
const INT32 = 2 ** 31;

/** A decimal number of 32 bits without a plus or leading zeros. */
const isCost = (text: string | undefined): boolean =>
  text === undefined || (/^(?:0|-?[1-9]\d*)$/.test(text) && Number(text) >= -INT32 && Number(text) < INT32);

/** `old` is what an update finds: a cost that was wrong before may stay. */
export function validateAnnotations({ metadata, spec }: KubeObject, old?: KubeObject): FieldError[] {
  const annotations = metadata.annotations ?? {};
  const errors: FieldError[] = [];
  if (annotations[MIRROR] !== undefined && !spec?.nodeName) {
    const words = 'must set spec.nodeName if mirror pod annotation is set';
    errors.push(invalid(keyed(PATH, MIRROR), annotations[MIRROR], words));
  }
  if (!isCost(annotations[COST]) && isCost(old?.metadata.annotations?.[COST])) {
    errors.push(invalid(keyed(PATH, COST), annotations[COST], 'must be a 32bit integer'));
  }
  return errors;
}

/** Some say what a pod is, and so stay. */
export function validateAnnotationChange(pod: KubeObject, before: KubeObject): FieldError[] {
  const [now, old] = [pod.metadata.annotations ?? {}, before.metadata.annotations ?? {}];
  const refuse = (key: string, verb: string): FieldError[] => [
    ...(key.startsWith(APP_ARMOR) ? [forbidden(keyed(PATH, key), `may not ${verb} AppArmor annotations`)] : []),
    ...(key === MIRROR ? [forbidden(keyed(PATH, key), `may not ${verb} mirror pod annotation`)] : []),
  ];
  return [
    ...Object.keys(old).flatMap((key) => (now[key] === old[key] ? [] : refuse(key, 'remove or update'))),
    ...Object.keys(now).flatMap((key) => (old[key] === undefined ? refuse(key, 'add') : [])),
  ];
}
