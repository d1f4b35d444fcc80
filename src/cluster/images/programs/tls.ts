import { Failure } from './failure.ts';

/** A server's certificate and key. @throws Failure that names the file that can't be read. */
export async function readTls(certFile: string, keyFile: string): Promise<{ cert: Buffer; key: Buffer }> {
  const { readFile } = process.getBuiltinModule('node:fs/promises');
  const read = async (file: string) =>
    await readFile(file).catch((error: unknown) => {
      throw new Failure(`${JSON.stringify(file)}: ${error instanceof Error ? error.message : String(error)}`);
    });
  return { cert: await read(certFile), key: await read(keyFile) };
}
