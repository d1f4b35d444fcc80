/** Aborts `scope` with `signal`; the returned function unties them, so that long-lived signals collect no listeners. */
export function follow(signal: AbortSignal | undefined, scope: AbortController): () => void {
  if (!signal) return () => {};
  const abort = (): void => scope.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return () => signal.removeEventListener('abort', abort);
}

/** For promises that know no signal, such as an exec plugin that hangs. Rejects with the signal's reason. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
