import type { Dispatcher } from 'undici';

/** Carries what the guard threw (its `cause`) through undici unharmed. */
export class GuardRefusal extends Error {}

/**
 * A dispatcher that asks `guard` in the same turn of the event loop in which a request's first byte goes to the socket.
 * Any earlier, connecting and TLS would lie between the question and the write, and a process frozen there would write
 * on an old answer when it thaws. undici calls `onRequestStart` directly before `socket.write`; a throw there drops the
 * request and leaves the connection usable.
 */
export function guarded(dispatcher: Dispatcher, guard: () => void): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => dispatch(options, guardedHandler(handler, guard)));
}

function guardedHandler(inner: Dispatcher.DispatchHandler, guard: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller, context) => {
      try {
        guard();
      } catch (error) {
        throw new GuardRefusal('refused by the write guard', { cause: error });
      }
      inner.onRequestStart?.(controller, context);
    },
    onResponseStart: (...args) => inner.onResponseStart?.(...args),
    onResponseData: (...args) => inner.onResponseData?.(...args),
    onResponseEnd: (...args) => inner.onResponseEnd?.(...args),
    onResponseError: (...args) => inner.onResponseError?.(...args),
  };
}
