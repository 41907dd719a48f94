import { expect } from "vitest";

/** An expectation that may take its time: what it waits for is told by a server, on a machine that may be busy. */
export const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 30_000 });
