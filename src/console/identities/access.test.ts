import { expect, test } from "vitest";
import { Access } from "./access.ts";

const id = "c".repeat(64);

/** A console that hears of a container's newest state when it is let. */
function late() {
  const container = (state: string, resourceVersion: string) => ({
    metadata: { namespace: "team", name: "web", resourceVersion },
    spec: { hostRef: { name: "host" } },
    status: { id, state },
  });
  let current = container("Created", "5");
  const heard = Promise.withResolvers<void>();
  const access = new Access({
    hosts: { store: { get: () => ({}) } },
    images: {},
    containers: {
      addIndex: () => {},
      store: { byIndex: () => [current] },
      reached: (version: string, signal: AbortSignal) =>
        version === "5"
          ? Promise.resolve()
          : Promise.race([
              heard.promise,
              new Promise((_, reject) => {
                signal.addEventListener("abort", () => reject(new Error("too late")));
              }),
            ]),
    },
  } as never);
  const hear = () => {
    current = container("Running", "9");
    heard.resolve();
  };
  const ask = async (seen?: string) => {
    const address = { namespace: "team", host: "host", id, ...(seen && { seen }) };
    const found = await access.containerSoon(address, new AbortController().signal);
    return found.container.status?.state;
  };
  return { ask, hear };
}

test("whoever has seen more than we is answered when we have seen it too", async () => {
  const { ask, hear } = late();
  expect(await ask()).toBe("Created");
  expect(await ask("5")).toBe("Created");
  const answer = ask("9");
  hear();
  expect(await answer).toBe("Running");
});

test("whoever claims to have seen what never comes is answered all the same", async () => {
  expect(await late().ask("99")).toBe("Created");
});
