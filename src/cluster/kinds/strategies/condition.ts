import { type FieldError, notSupported, required, tooLong, invalid } from '../../api/field-error.ts';
import { regexMessage } from '../../validation/names.ts';
import { validateLabelName } from '../../validation/metadata.ts';
import type { Part } from './common.ts';

const STATUSES = ['False', 'True', 'Unknown'];
const REASON = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const REASON_WORDS = regexMessage(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  REASON,
  'my_name',
  'MY_NAME',
  'MyName',
  'ReasonA,ReasonB',
  'ReasonA:ReasonB',
);
const MOST_REASON = 1024;
const MOST_MESSAGE = 32 * 1024;

/** metav1.Condition (apimachinery `pkg/apis/meta/v1/validation`). */
export function validateCondition(condition: Part, path: string): FieldError[] {
  const { type = '', status = '', observedGeneration = 0, lastTransitionTime, reason = '', message = '' } = condition;
  const errors = type ? validateLabelName(type, `${path}.type`) : [required(`${path}.type`, 'is required')];
  if (!status) errors.push(required(`${path}.status`));
  else if (!STATUSES.includes(status)) errors.push(notSupported(`${path}.status`, status, STATUSES));
  if (observedGeneration < 0) {
    errors.push(invalid(`${path}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero'));
  }
  if (!lastTransitionTime) errors.push(required(`${path}.lastTransitionTime`));
  if (!reason) errors.push(required(`${path}.reason`));
  else {
    if (!new RegExp(`^${REASON}$`).test(reason)) errors.push(invalid(`${path}.reason`, reason, REASON_WORDS));
    if (Buffer.byteLength(reason) > MOST_REASON) errors.push(tooLong(`${path}.reason`, MOST_REASON));
  }
  if (Buffer.byteLength(message) > MOST_MESSAGE) errors.push(tooLong(`${path}.message`, MOST_MESSAGE));
  return errors;
}
