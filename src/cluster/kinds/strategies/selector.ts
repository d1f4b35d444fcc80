import { list, type Part, texts } from './common.ts';

/** Does a metav1.LabelSelector match labels? An empty one matches everything. */
export function matchesSelector(selector: Part, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries((selector['matchLabels'] ?? {}) as Record<string, string>);
  return (
    wanted.every(([key, value]) => labels[key] === value) &&
    list(selector['matchExpressions']).every(({ key = '', operator, values }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && texts(values).includes(value);
        case 'NotIn':
          return value === undefined || !texts(values).includes(value);
        case 'Exists':
          return value !== undefined;
        default:
          return value === undefined;
      }
    })
  );
}
