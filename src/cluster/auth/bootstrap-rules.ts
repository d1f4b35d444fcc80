import type { PolicyRule } from './rules.ts';

/** Notation of the tables of default roles: words separated by spaces, `core` for the core group. */

export const READ = 'get list watch';
export const WRITE = 'create delete deletecollection patch update';
export const READ_WRITE = 'create delete deletecollection get list patch update watch';

const words = (text: string): string[] => text.split(' ');

export const rule = (verbs: string, groups: string, resources: string, names?: string): PolicyRule => ({
  verbs: words(verbs),
  apiGroups: words(groups).map((group) => (group === 'core' ? '' : group)),
  resources: words(resources),
  ...(names && { resourceNames: words(names) }),
});

export const urls = (verbs: string, paths: string): PolicyRule => ({
  verbs: words(verbs),
  nonResourceURLs: words(paths),
});

export const EVENTS = rule('create patch update', 'core events.k8s.io', 'events');
