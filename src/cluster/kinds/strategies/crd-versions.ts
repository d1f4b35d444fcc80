/** What a version of a CustomResourceDefinition says besides its schema (apiextensions-apiserver `pkg/apis/apiextensions`). Pure. */
import { at, type FieldError, invalid, required } from '../../api/field-error.ts';
import { list, type Part } from './common.ts';

const TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const MOST_WARNING = 256;

const oneOf = (values: readonly string[]): string => `must be one of ${values.join(',')}`;

/** A path such as `.spec.replicas`, below one of `roots` where there are any. */
function validatePath(text: string, path: string, roots: readonly string[], words: string): FieldError[] {
  if (!text) return [required(path)];
  if (!text.startsWith('.')) return [invalid(path, text, 'must be a simple json path starting with .')];
  return roots.length === 0 || roots.some((root) => text.startsWith(root)) ? [] : [invalid(path, text, words)];
}

function validateColumn({ name, type = '', format = '', jsonPath = '' }: Part, path: string): FieldError[] {
  const errors = name ? [] : [required(`${path}.name`)];
  if (!type) errors.push(required(`${path}.type`, oneOf(TYPES)));
  else if (!TYPES.includes(type)) errors.push(invalid(`${path}.type`, type, oneOf(TYPES)));
  if (format && !FORMATS.includes(format)) errors.push(invalid(`${path}.format`, format, oneOf(FORMATS)));
  return [...errors, ...validatePath(jsonPath, `${path}.JSONPath`, [], '')];
}

function validateScale(scale: Part | undefined, path: string): FieldError[] {
  if (!scale) return [];
  const { specReplicasPath = '', statusReplicasPath = '', labelSelectorPath: selector } = scale;
  const either = 'should be a json path under either .spec or .status';
  return [
    ...validatePath(specReplicasPath, `${path}.specReplicasPath`, ['.spec.'], 'should be a json path under .spec'),
    ...validatePath(
      statusReplicasPath,
      `${path}.statusReplicasPath`,
      ['.status.'],
      'should be a json path under .status',
    ),
    ...(selector ? validatePath(selector, `${path}.labelSelectorPath`, ['.spec.', '.status.'], either) : []),
  ];
}

/** The warning that clients of an old version get. */
export function validateDeprecation(
  { deprecated = false, deprecationWarning: text }: Part,
  path: string,
): FieldError[] {
  const place = `${path}.deprecationWarning`;
  if (typeof text !== 'string') return [];
  if (!deprecated) return [invalid(place, text, 'can only be set for deprecated versions')];
  if (text === '') return [invalid(place, text, 'must not be an empty string')];
  return Buffer.byteLength(text) > MOST_WARNING ? [invalid(place, text, 'must be <= 256 characters long')] : [];
}

/** Subresources and columns of a version. */
export const validateParts = (version: Part, path: string): FieldError[] => [
  ...validateScale(version['subresources']?.scale, `${path}.subresources.scale`),
  ...list(version['additionalPrinterColumns']).flatMap((column, index) =>
    validateColumn(column, at(`${path}.additionalPrinterColumns`, index)),
  ),
];
