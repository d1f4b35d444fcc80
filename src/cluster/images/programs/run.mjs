// Starts a program of a built-in image: `node run.mjs whoami --port 81`. This file has no types, and Node's compile cache
// keeps the others with theirs taken off: so a start takes half the time and 20 MB less. Without a cache, or where it can't
// be written, it only takes longer.
const { enableCompileCache, flushCompileCache } = process.getBuiltinModule('node:module');
const { fileURLToPath } = process.getBuiltinModule('node:url');
enableCompileCache(fileURLToPath(new URL('../../../../node_modules/.cache/sluice', import.meta.url)));
const { main } = await import('./main.ts');
await main(process.argv.slice(2), process.env);
// At its end a program may be killed.
flushCompileCache();
