/** Ephemeral containers (kubernetes `pkg/apis/core/validation`, `validateEphemeralContainers`). Pure. */
import { at, duplicate, type FieldError, forbidden, invalid, notFound } from '../../api/field-error.ts';
import { isEmpty, list, type Part } from './common.ts';
import { type PodContext, validateCommon } from './validate-container.ts';

const WORDS = 'cannot be set for an Ephemeral Container';

/** What an ephemeral container has no use for, in the order of upstream's struct. */
const REFUSED = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
];

export function validateEphemeralContainers(spec: Part, context: PodContext, path: string): FieldError[] {
  const others = new Set([...list(spec['containers']), ...list(spec['initContainers'])].map(({ name = '' }) => name));
  const names = new Set(others);
  return list(spec['ephemeralContainers']).flatMap((container, index) => {
    const place = at(path, index);
    const { name = '', image = '', targetContainerName: target } = container;
    const errors = validateCommon(container, context, place);
    if (image.trim() !== image) {
      errors.push(invalid(`${place}.image`, image, 'must not have leading or trailing whitespace'));
    }
    if (names.has(name)) errors.push(duplicate(`${place}.name`, name));
    names.add(name);
    if (target && !others.has(target)) errors.push(notFound(`${place}.targetContainerName`, target));
    for (const field of REFUSED) {
      const value = container[field];
      const given = field === 'resources' ? !isEmpty(value) : value !== undefined && value !== null;
      if (given) errors.push(forbidden(`${place}.${field}`, WORDS));
    }
    list(container['volumeMounts']).forEach(({ subPath, subPathExpr }, i) => {
      const mount = at(`${place}.volumeMounts`, i);
      if (subPath) errors.push(forbidden(`${mount}.subPath`, WORDS));
      if (subPathExpr) errors.push(forbidden(`${mount}.subPathExpr`, WORDS));
    });
    return errors;
  });
}
