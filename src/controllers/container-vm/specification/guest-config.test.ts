import { describe, expect, test } from "vitest";
import type { ContainerVMSpec } from "../../../api/containervm.gen.ts";
import {
  guestConfig,
  networksInGuestConfig,
  processArgs,
  processEnv,
  tooLarge,
} from "./guest-config.ts";

const spec: ContainerVMSpec = {
  hostRef: { name: "team-a" },
  image: "busybox",
  stopTimeoutSeconds: 10,
  networks: [{ name: "bridge" }],
  powerState: "On",
};
const image = {
  entrypoint: ["/entry"],
  cmd: ["serve"],
  env: ["PATH=/bin", "MODE=dev"],
  workingDir: "/srv",
  stopSignal: "SIGQUIT",
};

describe("processArgs", () => {
  test.each([
    ["the image's entrypoint and command", {}, ["/entry", "serve"]],
    ["the container's command instead of the image's", { command: ["sh"] }, ["/entry", "sh"]],
    [
      "no command of the image's under an entrypoint of the container's",
      { entrypoint: ["sh"] },
      ["sh"],
    ],
    ["an entrypoint taken away", { entrypoint: [], command: ["ls"] }, ["ls"]],
    ["nothing at all", { entrypoint: [], command: [] }, []],
  ])("%s", (_, own, args) => {
    expect(processArgs({ ...spec, ...own }, image)).toEqual(args);
  });
});

test("processEnv: the container's words win by name, values may hold equals signs", () => {
  const env = [
    { name: "MODE", value: "a=b" },
    { name: "EMPTY", value: "" },
  ];
  expect(processEnv({ ...spec, env }, image, "web")).toEqual([
    "PATH=/bin",
    "HOSTNAME=web",
    "MODE=a=b",
    "EMPTY=",
  ]);
  expect(processEnv(spec, {}, "web")[0]).toMatch(/^PATH=.*\/bin$/);
});

test("guestConfig is what docs/guest-protocol.md says", () => {
  const id = "ab".repeat(32);
  const networks = [
    {
      name: "bridge",
      mac: "00:50:56:00:00:01",
      address: "172.16.0.2",
      prefixLength: 16,
      gateway: "172.16.0.1",
    },
  ];
  const more = { groups: ["audio", "44"], tty: true, openStdin: true, stdinOnce: true };
  const given = { ...spec, ...more, logMaxMiB: 2 };
  const container = { id, networks, rootTarget: 0, authorizedKey: "ssh-ed25519 AAAA" };
  expect(JSON.parse(guestConfig(given, image, container))).toEqual({
    version: 1,
    role: "container",
    id,
    hostname: "abababababab",
    networks: [
      { name: "bridge", mac: "00:50:56:00:00:01", address: "172.16.0.2/16", gateway: "172.16.0.1" },
    ],
    root: { target: 0 },
    process: {
      args: ["/entry", "serve"],
      env: ["PATH=/bin", "HOSTNAME=abababababab", "TERM=xterm", "MODE=dev"],
      cwd: "/srv",
      user: "",
      stopSignal: "SIGQUIT",
      ...more,
    },
    stopTimeoutSeconds: 10,
    log: { port: "ttyS0", maxBytes: 2 * 1024 * 1024 },
    line: { port: "ttyS1", authorizedKey: "ssh-ed25519 AAAA" },
  });
});

test("a guest without a console's key has no line, and a log of bounded size all the same", () => {
  const config = JSON.parse(guestConfig(spec, image, { id: "x", networks: [], rootTarget: 0 }));
  expect(config).not.toHaveProperty("line");
  expect(config).toMatchObject({ log: { maxBytes: 1024 ** 3 }, process: { tty: false } });
});

test("a guest's networks are found again in what it was told; in nothing, none", () => {
  const networks = [
    {
      name: "bridge",
      mac: "00:50:56:00:00:01",
      address: "172.16.0.2",
      prefixLength: 16,
      gateway: "172.16.0.1",
    },
  ];
  expect(
    networksInGuestConfig(guestConfig(spec, image, { id: "x", networks, rootTarget: 0 })),
  ).toEqual(networks);
  expect([networksInGuestConfig(undefined), networksInGuestConfig("{")]).toEqual([[], []]);
});

test("tooLarge: a guest reads 64 KiB at once, two bytes of the protocol's included", () => {
  expect(tooLarge("é".repeat(32_768))?.reason).toBe("ConfigTooLarge");
  expect(tooLarge("x".repeat(65_535))?.message).toContain("65535 bytes");
  expect(tooLarge("x".repeat(65_534))).toBeUndefined();
});
