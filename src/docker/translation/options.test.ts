import { describe, expect, test } from "vitest";
import type { Json } from "./create-body.ts";
import { fromDocker } from "./from-docker.ts";
import { configOptions, hostOptions } from "./options.ts";
import { maximumTextBytes } from "./limits.ts";

/** What `docker create busybox` of the CLI 28.2 sends, all options left alone. */
const fromCli: Json = {
  Hostname: "",
  Domainname: "",
  User: "",
  AttachStdin: false,
  AttachStdout: true,
  AttachStderr: true,
  Tty: false,
  OpenStdin: false,
  StdinOnce: false,
  Env: null,
  Cmd: null,
  Image: "busybox",
  Volumes: {},
  WorkingDir: "",
  Entrypoint: null,
  OnBuild: null,
  Labels: {},
  HostConfig: {
    Binds: null,
    ContainerIDFile: "/tmp/id",
    LogConfig: { Type: "", Config: {} },
    NetworkMode: "default",
    PortBindings: {},
    RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
    AutoRemove: false,
    VolumeDriver: "",
    VolumesFrom: null,
    ConsoleSize: [24, 80],
    CapAdd: null,
    CapDrop: null,
    CgroupnsMode: "",
    Dns: [],
    DnsOptions: [],
    DnsSearch: [],
    ExtraHosts: null,
    GroupAdd: null,
    IpcMode: "",
    Cgroup: "",
    Links: null,
    OomScoreAdj: 0,
    PidMode: "",
    Privileged: false,
    PublishAllPorts: false,
    ReadonlyRootfs: false,
    SecurityOpt: null,
    UTSMode: "",
    UsernsMode: "",
    ShmSize: 0,
    Isolation: "",
    CpuShares: 0,
    Memory: 0,
    NanoCpus: 0,
    CgroupParent: "",
    BlkioWeight: 0,
    BlkioWeightDevice: [],
    BlkioDeviceReadBps: [],
    BlkioDeviceWriteBps: [],
    BlkioDeviceReadIOps: [],
    BlkioDeviceWriteIOps: [],
    CpuPeriod: 0,
    CpuQuota: 0,
    CpuRealtimePeriod: 0,
    CpuRealtimeRuntime: 0,
    CpusetCpus: "",
    CpusetMems: "",
    Devices: [],
    DeviceCgroupRules: null,
    DeviceRequests: null,
    MemoryReservation: 0,
    MemorySwap: 0,
    MemorySwappiness: -1,
    OomKillDisable: false,
    PidsLimit: 0,
    Ulimits: [],
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    MaskedPaths: null,
    ReadonlyPaths: null,
  },
  NetworkingConfig: {
    EndpointsConfig: {
      default: {
        IPAMConfig: null,
        Links: null,
        Aliases: null,
        MacAddress: "",
        DriverOpts: null,
        NetworkID: "",
        EndpointID: "",
        Gateway: "",
        IPAddress: "",
        IPPrefixLen: 0,
        IPv6Gateway: "",
        GlobalIPv6Address: "",
        GlobalIPv6PrefixLen: 0,
        DNSNames: null,
      },
    },
  },
};

/** A value of each kind that asks for something. */
const something: readonly unknown[] = [true, 1, "x", ["x"], { x: "y" }, { "/data": {} }, { a: "" }];

const refusedOf = (options: typeof configOptions): string[] =>
  Object.keys(options).filter((name) => options[name]!.is === "refused");

test("the defaults that the CLI sends ask for nothing", () => {
  expect(fromDocker(fromCli, {})).toEqual({
    spec: { networks: [{ name: "bridge" }] },
    warnings: [],
  });
});

test("every option that dockerd has, and the CLI sends, is in the tables", () => {
  const { HostConfig: host, ...config } = fromCli;
  expect(Object.keys(configOptions)).toEqual(expect.arrayContaining(Object.keys(config)));
  expect(Object.keys(hostOptions)).toEqual(expect.arrayContaining(Object.keys(host as Json)));
});

describe("an option that can't be honoured is refused by name and with the reason", () => {
  test.each(refusedOf(configOptions))("%s", (name) => {
    for (const value of something) {
      const why = `${name} can't be honoured: ${configOptions[name]!.note}`;
      expect(() => fromDocker({ [name]: value }, {})).toThrow(why);
    }
  });

  test.each(refusedOf(hostOptions))("HostConfig.%s", (name) => {
    for (const value of something) {
      const why = `HostConfig.${name} can't be honoured: ${hostOptions[name]!.note}`;
      expect(() => fromDocker({ HostConfig: { [name]: value } }, {})).toThrow(why);
    }
  });

  test("also one that nobody knows, and those with names of every object", () => {
    for (const name of ["Novel", "constructor", "__proto__", "toString"]) {
      const body = JSON.parse(`{"HostConfig":{${JSON.stringify(name)}:true}}`) as Json;
      expect(() => fromDocker(body, {}), name).toThrow("nobody here knows this option");
    }
    expect(fromDocker({ Novel: null, HostConfig: { Novel: [] } }, {}).warnings).toEqual([]);
  });
});

test.each([
  ["host", /^HostConfig.NetworkMode host can't be honoured/],
  ["container:x", /^HostConfig.NetworkMode container:x can't be honoured/],
  ["toString", /NetworkMode/],
])("the network %s is refused, not with 404, which would have clients pull", (mode, message) => {
  let thrown: unknown;
  try {
    fromDocker({ HostConfig: { NetworkMode: mode } }, {});
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ status: 400, message: expect.stringMatching(message) });
});

test("settings of a network's endpoint are refused", () => {
  const networking = { EndpointsConfig: { bridge: { Aliases: ["db"] } } };
  expect(() => fromDocker({ NetworkingConfig: networking }, {})).toThrow(
    "NetworkingConfig.EndpointsConfig.bridge.Aliases can't be honoured",
  );
  const another = { EndpointsConfig: { mine: {} } };
  expect(() => fromDocker({ NetworkingConfig: another }, {})).toThrow("network mine");
});

describe("limits", () => {
  const entries = (count: number, size: number): string[] =>
    Array.from({ length: count }, (_, index) => `V${index}=${"x".repeat(size)}`);

  test("of environment and labels together", () => {
    expect(() => fromDocker({ Env: entries(8, 30_000) }, {})).not.toThrow();
    expect(() =>
      fromDocker({ Env: entries(8, 30_000), Labels: { a: "x".repeat(30_000) } }, {}),
    ).toThrow(`larger than ${maximumTextBytes} bytes`);
  });

  test("of one value, of their number, of arguments", () => {
    expect(() => fromDocker({ Env: entries(1, 32_769) }, {})).toThrow("more than 32768 bytes");
    expect(() => fromDocker({ Env: entries(257, 1) }, {})).toThrow("more than 256 entries");
    expect(() => fromDocker({ Cmd: entries(257, 1) }, {})).toThrow("more than 256 arguments");
  });
});

test.each([
  [{ Cmd: [1] }, "Cmd"],
  [{ Tty: "yes" }, "Tty"],
  [{ Labels: { a: 1 } }, "Labels"],
  [{ Env: "A=1" }, "Env"],
  [{ HostConfig: [] }, "HostConfig"],
  [{ HostConfig: { Memory: "1g" } }, "Memory"],
  [{ HostConfig: { Memory: 1.5 } }, "Memory"],
  [{ StopTimeout: 1.5 }, "StopTimeout"],
])("a wrong type is named: %j", (body, name) => {
  expect(() => fromDocker(body, {})).toThrow(new RegExp(`cannot unmarshal.*${name}`));
});

test.each([
  [{ StopSignal: "NOPE" }, "invalid signal: NOPE"],
  [{ StopTimeout: -1 }, "StopTimeout -1 can't be honoured"],
  [{ Hostname: "a b" }, "Hostname"],
  [{ User: "a b" }, "User"],
  [{ ExposedPorts: { "0/tcp": {} } }, "invalid port specification"],
  [{ Env: ["=x"] }, "invalid environment variable: =x"],
  [{ HostConfig: { RestartPolicy: { Name: "foo" } } }, "unknown policy 'foo'"],
  [
    { HostConfig: { RestartPolicy: { Name: "always", MaximumRetryCount: 3 } } },
    "maximum retry count can only be used with 'on-failure'",
  ],
])("a value that can't be is told: %j", (body, message) => {
  expect(() => fromDocker(body, {})).toThrow(message);
});
