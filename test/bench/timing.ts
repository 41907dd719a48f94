/** Milliseconds that something takes. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await act();
  return performance.now() - begun;
}

/** The same, so many times, one after the other; a few before that don't count. */
export async function repeated(
  times: number,
  act: (turn: number) => Promise<unknown>,
  warmUp = 0,
): Promise<number[]> {
  const taken: number[] = [];
  for (let turn = -warmUp; turn < times; turn++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    const ms = await timed(() => act(turn));
    if (turn >= 0) taken.push(ms);
  }
  return taken;
}
