import { expect, test } from "vitest";
import { normalize } from "./normalize.ts";

test("what says something about the engine is left as it is", () => {
  for (const text of ["busybox:latest", "exit code 137", "deadbeefcafe", "/bin/sh -c 'sleep 10'"])
    expect(normalize(text)).toBe(text);
});

test("columns and the names of what isn't there are made one", () => {
  expect(normalize("a    b   c")).toBe("a   b   c");
  const rest = 'unable to start container process: exec: "x": permission denied: unknown';
  expect(
    normalize(
      `failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: ${rest}`,
    ),
  ).toBe(`failed to create task for container: ${rest}`);
});

test("identities, moments, durations and addresses are made one", () => {
  const id = "0bad3b7c848a745489426b69dc5bcc91ec3ee0ee33938cc1ab5894e8956c9b1f";
  expect(normalize(`${id} ${id.slice(0, 12)} sha256:${id}`)).toBe("<id> <short id> sha256:<id>");
  expect(normalize("Up 2 seconds, About a minute ago, Up Less than a second")).toBe(
    "Up <span>, <span> ago, Up <span>",
  );
  expect(normalize("2026-11-22T14:00:01.123456789Z a 2026-11-22 14:00:01 +0000 UTC")).toBe(
    "<time> a <time>",
  );
  expect(normalize("02:42:ac:11:00:02 172.17.0.2 10.118.0.1")).toBe("<mac> <address> <address>");
});
