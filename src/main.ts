import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Compiled code is kept in the checkout between runs, which saves a start a quarter of its time; where that can't be,
// nothing is lost. What is imported before this line is compiled each time. The image's bundle starts at the program
// itself: its file system is read-only.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'compile'));
await import('./cli/program.ts');
