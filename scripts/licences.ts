/** The licences of what is bundled. Most of them ask that their text goes with every copy. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundledPackage } from './sbom.ts';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)(?!.*\.[cm]?[jt]s$)/i;
const RULE = '='.repeat(80);

/** Each licence text once, after the packages that it is for. @throws Error for a package of which nothing is known. */
export function licenceTexts(packages: readonly BundledPackage[], root: string): string {
  const users = new Map<string, string[]>();
  for (const { path, name, version, license } of packages) {
    const dir = join(root, path);
    const files = readdirSync(dir)
      .filter((file) => LICENCE_FILE.test(file))
      .sort();
    const texts = files.map((file) => readFileSync(join(dir, file), 'utf8').replaceAll('\r\n', '\n').trim());
    if (texts.length === 0) {
      if (!license) throw new Error(`${path} has neither a licence file nor a licence in package-lock.json`);
      texts.push(`Licensed under ${license}. The package has no licence file.`);
    }
    for (const text of texts) users.set(text, [...(users.get(text) ?? []), `${name} ${version}`]);
  }
  const parts = [...users].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`);
  return `Sluice contains code of these packages.\n\n${parts.map((part) => `${RULE}\n${part}`).join('\n')}`;
}
