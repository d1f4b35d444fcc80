import { join } from 'node:path';
import { commandLineTests } from './behaviour.ts';

const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

commandLineTests((env) => ({ command: [process.execPath, main], env }));
