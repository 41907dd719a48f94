/** What a reconcile wants to happen next with its key. Made by the functions below, which are named as verbs. */
export type Outcome =
  | { readonly type: "awaitChange" }
  | { readonly type: "requeueAfter"; readonly ms: number }
  | { readonly type: "park"; readonly topic: string };

/** Nothing to do until something changes: the object, what is watched, or a source. */
export function awaitChange(): Outcome {
  return { type: "awaitChange" };
}

/** Look again after so many milliseconds, or earlier if something changes. */
export function requeueAfter(ms: number): Outcome {
  return { type: "requeueAfter", ms };
}

/**
 * Wait until `wake(topic)` is called, e.g. for a server that is down. Meanwhile resyncs and retries of the key are
 * swallowed; a change of the object itself still runs it, since it may ask for something that works without.
 */
export function park(topic: string): Outcome {
  return { type: "park", topic };
}
