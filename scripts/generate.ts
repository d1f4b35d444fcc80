/** `npm run generate`: writes the files that are made from the code. With `--check` it only says which are not as they would be. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatPolicy, iamPolicy } from '../src/cloud/aws/iam-policy.ts';
import { CHART_FILES } from './chart.ts';
import { DOCUMENTS } from './docs.ts';

const ROOT = join(import.meta.dirname, '..');

export interface GeneratedFile {
  /** From the root of the repository. */
  path: string;
  content(): string | Promise<string>;
}

/** Every generated file. */
export const GENERATED: readonly GeneratedFile[] = [
  { path: 'iam/policy.json', content: () => formatPolicy(iamPolicy({ clusterName: 'CLUSTER_NAME' })) },
  ...CHART_FILES,
  ...DOCUMENTS,
];

/** The paths of those that are missing, or differ from what the code gives. */
export async function staleFiles(): Promise<string[]> {
  const stale: string[] = [];
  for (const { path, content } of GENERATED) if ((await content()) !== readIfThere(path)) stale.push(path);
  return stale;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return undefined;
  }
}

async function main(args: string[]): Promise<number> {
  const stale = await staleFiles();
  if (args.includes('--check')) {
    for (const path of stale) console.error(`${path} is not as the code makes it; run npm run generate`);
    return stale.length === 0 ? 0 : 1;
  }
  for (const { path, content } of GENERATED.filter((file) => stale.includes(file.path))) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), await content());
    console.log(`wrote ${path}`);
  }
  return 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
