/** Numbers and percentages (kubernetes `pkg/apis/apps/validation`). */
import { type FieldError, invalid } from '../../api/field-error.ts';
import { notNegative } from '../../validation/metadata.ts';
import { isPercent } from '../../validation/names.ts';
import { all } from './common.ts';

type IntOrString = number | string;

export function validatePositiveIntOrPercent(value: IntOrString, path: string): FieldError[] {
  return typeof value === 'string' ? all(path, value, isPercent(value)) : notNegative(path, value);
}

export const validateWithin100Percent = (value: IntOrString, path: string): FieldError[] =>
  isPercentage(value) && amountOf(value) > 100 ? [invalid(path, value, 'must not be greater than 100%')] : [];

const isPercentage = (value: IntOrString): boolean => typeof value === 'string' && isPercent(value).length === 0;

/** A percentage counts as its number; a text that is neither as what Go's Atoi makes of it, or 0. */
export function amountOf(value: IntOrString): number {
  if (typeof value === 'number') return value;
  if (isPercentage(value)) return Number(value.slice(0, -1));
  return /^[+-]?\d+$/.test(value) ? Number(value) : 0;
}
