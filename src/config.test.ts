import { describe, expect, test } from "vitest";
import {
  ConfigError,
  formatHostPort,
  parseConsoleConfig,
  parseGatewayConfig,
  parseHost,
  parseHostPort,
  parseOperatorConfig,
} from "./config.ts";

const flags = {
  guestIso: "/vic.iso",
  consoleAddress: "10.0.0.1:2377",
  serialAddress: "10.0.0.1:2378",
  gatewayAddress: "docker.example.com",
};

describe("refused, with the flag's name:", () => {
  test.each([
    [{}, "--guest-iso is needed (or the variable VIC_GUEST_ISO)"],
    [{ ...flags, consoleAddress: "10.0.0.1" }, '--console-address: "10.0.0.1" is not host:port'],
    [{ ...flags, serialAddress: "esx" }, '--serial-address: "esx" is not host:port'],
    [{ ...flags, gatewayAddress: "a b" }, '--gateway-address: "a b" is not a host name'],
    [{ ...flags, gatewayAddress: "https://a" }, "--gateway-address"],
    [{ ...flags, metricsListen: "a:70000" }, "--metrics-listen"],
    [{ ...flags, logLevel: "loud" }, "--log-level: loud is none of"],
    [{ ...flags, concurrency: "0" }, "--concurrency"],
  ])("%j", (given, message) => {
    const parse = (): unknown => parseOperatorConfig(given, {});
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(message);
  });
});

test("a flag wins over its variable", () => {
  const env = { VIC_GUEST_ISO: "/other.iso", VIC_LOG_LEVEL: "debug" };
  expect(parseOperatorConfig(flags, env)).toMatchObject({
    guestIso: "/vic.iso",
    logLevel: "debug",
    consoleAddress: { host: "10.0.0.1", port: 2377 },
  });
});

test("the console's peers are a list", () => {
  expect(parseConsoleConfig({ peers: "a:1, [fd00::1]:2," }, {}).peers).toEqual([
    { host: "a", port: 1 },
    { host: "fd00::1", port: 2 },
  ]);
  expect(parseConsoleConfig({}, {}).peers).toEqual([]);
  expect(() => parseConsoleConfig({ peers: "a" }, {})).toThrow('--peers: "a" is not host:port');
});

test.each([
  ["docker.example.com", { host: "docker.example.com", port: 2376 }],
  ["10.0.0.1:4000", { host: "10.0.0.1", port: 4000 }],
  ["fd00::1", { host: "fd00::1", port: 2376 }],
  ["[fd00::1]:4000", { host: "fd00::1", port: 4000 }],
])("the gateway is at %s", (gatewayAddress, where) => {
  expect(parseOperatorConfig({ ...flags, gatewayAddress }, {}).gatewayAddress).toEqual(where);
});

test("a gateway must know its console, and no more", () => {
  expect(() => parseGatewayConfig({}, {})).toThrow("--console is needed");
  expect(parseGatewayConfig({ console: "c:8443" }, { POD_NAMESPACE: "vic-system" })).toMatchObject({
    dockerListen: { host: "0.0.0.0", port: 2376 },
    dockerAddress: "0.0.0.0",
    namespace: "vic-system",
  });
});

test.each([
  ["docker.example.com", "docker.example.com"],
  ["10.0.0.1", "10.0.0.1"],
  ["[fd00::1]", "fd00::1"],
  ["fd00::1", "fd00::1"],
])("%s is a host", (text, host) => {
  expect(parseHost("x", text)).toBe(host);
});

test("credentials are looked for as kubectl does", () => {
  const inPod = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };
  const source = (given: object, env: object): unknown =>
    parseConsoleConfig({ ...given }, { ...env }).cluster;
  expect(source({ kubeconfig: "/a" }, { KUBECONFIG: "/b", ...inPod })).toEqual({
    type: "kubeconfig",
    paths: "/a",
  });
  expect(source({}, { KUBECONFIG: "/b", ...inPod })).toEqual({ type: "kubeconfig", paths: "/b" });
  expect(source({}, inPod)).toEqual({ type: "inCluster", host: "10.96.0.1", port: "443" });
  expect(source({}, {})).toMatchObject({ paths: expect.stringContaining(".kube/config") });
});

test("what is parsed can't be changed", () => {
  const config = parseConsoleConfig({}, {});
  expect(() => Object.assign(config.consoleListen, { port: 1 })).toThrow(TypeError);
});

test.each(["10.0.0.1:80", "[fd00::1]:80", "console.example.com:2377"])("%s reads back", (text) => {
  expect(formatHostPort(parseHostPort("x", text))).toBe(text);
});

test("no host means all addresses", () => {
  expect(parseHostPort("x", ":80")).toEqual({ host: "0.0.0.0", port: 80 });
});
