/**
 * Whether an IAM policy allows a request: as much of IAM's evaluation as Sluice's policy uses, and an error for what it
 * does not know. Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators".
 */
import type { PolicyDocument, PolicyStatement } from '../../src/cloud/aws/iam-policy.ts';

/** What AWS asks IAM: may this action be done to this resource, in these circumstances? */
export interface IamRequest {
  action: string;
  /** An ARN, or `*` for actions that know no resources. */
  resource: string;
  /** Condition keys, `aws:TagKeys` with several values. A key that is absent is absent to IAM. */
  context: Readonly<Record<string, string | readonly string[]>>;
}

/** The statement that allows the request; undefined when it is denied, for nothing that is not allowed may be done. */
export function allowedBy({ Statement }: PolicyDocument, request: IamRequest): PolicyStatement | undefined {
  return Statement.find(
    ({ Action, Resource, Condition = {} }) =>
      Action.some((pattern) => like(pattern, request.action)) &&
      [Resource].flat().some((pattern) => like(pattern, request.resource)) &&
      Object.entries(Condition).every(([operator, keys]) => holds(operator, keys, request.context)),
  );
}

/** All keys of an operator must hold; of a key's values one is enough. */
function holds(
  operator: string,
  keys: Readonly<Record<string, string | string[]>>,
  context: IamRequest['context'],
): boolean {
  return Object.entries(keys).every(([key, wanted]) => {
    const found = context[key];
    const values = [wanted].flat().map((value) => value.replaceAll('${$}', '$'));
    switch (operator) {
      case 'StringEquals':
        return found !== undefined && [found].flat().some((value) => values.includes(value));
      case 'Null':
        return (found === undefined) === (values[0] === 'true');
      case 'ForAllValues:StringNotEquals':
        // True where the key is absent.
        return [found ?? []].flat().every((value) => !values.includes(value));
      default:
        throw new Error(`the evaluator does not know the condition operator ${operator}`);
    }
  });
}

/** `*` is anything, `?` one character. */
function like(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
