import { isIPv6 } from "node:net";
import { hostname, homedir } from "node:os";
import { join } from "node:path";
import type { LogLevel } from "./log.ts";

/** The environment of the process; nothing else reads it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Flags as the command line gives them, by their camel-cased names. */
export type Flags = Readonly<Record<string, string | undefined>>;

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Where credentials for the API server are found. */
export type ClusterSource =
  | { readonly type: "kubeconfig"; readonly paths: string }
  | { readonly type: "inCluster"; readonly host: string; readonly port: string };

/** What all long-running roles are told. */
export interface RoleConfig {
  readonly cluster: ClusterSource;
  readonly logLevel: LogLevel;
  /** Where `/healthz`, `/readyz` and `/metrics` are served. */
  readonly metricsListen: HostPort;
  /** Tells this process from others of its role: the pod's name, or the machine's. */
  readonly identity: string;
  /** Reconciles at a time, per controller. */
  readonly concurrency: number;
}

export interface OperatorConfig extends RoleConfig {
  /** The guest ISO, a file. */
  readonly guestIso: string;
  /** How guests reach the console. */
  readonly consoleAddress: HostPort;
  /** How ESXi hosts reach the console, to connect VMs' serial ports. */
  readonly serialAddress: HostPort;
  /** Where Docker tools reach the gateway: its host, and the port that VirtualContainerHosts share. */
  readonly gatewayAddress: HostPort;
  /** Tasks under way at a time, per vSphere server. */
  readonly vsphereTasks: number;
  /** Where the installation is: its Lease, authority and certificates. Undefined: the namespace that the credentials name. */
  readonly namespace: string | undefined;
}

export interface ConsoleConfig extends RoleConfig {
  /** Where agents dial in. */
  readonly consoleListen: HostPort;
  /** Where ESXi hosts connect VMs' serial ports (vSPC). */
  readonly serialListen: HostPort;
  /** Where gateways and other consoles ask. */
  readonly apiListen: HostPort;
  /** Where other consoles may be asked; itself among them does no harm. */
  readonly peers: readonly HostPort[];
  /** Where the installation's certificates are. Undefined: the namespace that the credentials name. */
  readonly namespace: string | undefined;
}

export interface GatewayConfig extends RoleConfig {
  /** The port that all hosts share: a client names its host in TLS. */
  readonly dockerListen: HostPort;
  /** The address on which each host's own port is opened. */
  readonly dockerAddress: string;
  /** Where the console is asked. */
  readonly console: HostPort;
  /** Where the installation's certificates are. Undefined: the namespace that the credentials name. */
  readonly namespace: string | undefined;
}

/** What `vic bundle` is told. */
export interface BundleConfig {
  readonly cluster: ClusterSource;
  /** Name of the VirtualContainerHost. */
  readonly host: string;
  /** Undefined: the namespace that the credentials name. */
  readonly namespace: string | undefined;
  /** The folder; undefined: one of the host's name, here. */
  readonly output: string | undefined;
}

/** What `vic check` is told. */
export interface CheckConfig {
  readonly cluster: ClusterSource;
  readonly output: "text" | "json";
  /** Whether others' things, and those of which nobody knows whose they are, are listed too. */
  readonly verbose: boolean;
}

/** A flag or a variable that is missing or malformed; the message names it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** The environment of this process, as it is now. */
export const environment = (): Environment => process.env;

/** @throws ConfigError */
export function parseOperatorConfig(flags: Flags, env: Environment): OperatorConfig {
  const option = reader(flags, env);
  return deepFreeze({
    ...roleConfig(option, env),
    guestIso: option.required("guest-iso"),
    consoleAddress: parseHostPort("console-address", option.required("console-address")),
    serialAddress: parseHostPort("serial-address", option.required("serial-address")),
    gatewayAddress: parseHostWithPort("gateway-address", option.required("gateway-address"), 2376),
    vsphereTasks: parseCount("vsphere-tasks", option("vsphere-tasks") ?? "32"),
    namespace: namespace(option, env),
  });
}

/** @throws ConfigError */
export function parseConsoleConfig(flags: Flags, env: Environment): ConsoleConfig {
  const option = reader(flags, env);
  return deepFreeze({
    ...roleConfig(option, env),
    consoleListen: parseHostPort("console-listen", option("console-listen") ?? "0.0.0.0:2377"),
    serialListen: parseHostPort("serial-listen", option("serial-listen") ?? "0.0.0.0:2378"),
    apiListen: parseHostPort("api-listen", option("api-listen") ?? "0.0.0.0:8443"),
    peers: list(option("peers")).map((peer) => parseHostPort("peers", peer)),
    namespace: namespace(option, env),
  });
}

/** @throws ConfigError */
export function parseGatewayConfig(flags: Flags, env: Environment): GatewayConfig {
  const option = reader(flags, env);
  return deepFreeze({
    ...roleConfig(option, env),
    dockerListen: parseHostPort("docker-listen", option("docker-listen") ?? "0.0.0.0:2376"),
    dockerAddress: parseHost("docker-address", option("docker-address") ?? "0.0.0.0"),
    console: parseHostPort("console", option.required("console")),
    namespace: namespace(option, env),
  });
}

export const parseBundleConfig = (host: string, flags: Flags, env: Environment): BundleConfig =>
  deepFreeze({
    cluster: clusterSource(flags["kubeconfig"], env),
    host,
    namespace: flags["namespace"],
    output: flags["output"],
  });

/** @throws ConfigError */
export function parseCheckConfig(flags: Flags, verbose: boolean, env: Environment): CheckConfig {
  const output = flags["output"] ?? "text";
  if (output !== "text" && output !== "json")
    throw new ConfigError(`--output: ${JSON.stringify(output)} is neither text nor json`);
  return deepFreeze({ cluster: clusterSource(flags["kubeconfig"], env), output, verbose });
}

/** Reads an option: the flag, or else the variable of its name, e.g. `VIC_GUEST_ISO` for `--guest-iso`. */
interface OptionReader {
  (name: string): string | undefined;
  required(name: string): string;
}

function reader(flags: Flags, env: Environment): OptionReader {
  const read = (name: string): string | undefined =>
    (flags[camelCase(name)] ?? env[variableOf(name)]) || undefined;
  const required = (name: string): string => {
    const value = read(name);
    if (value === undefined) {
      throw new ConfigError(`--${name} is needed (or the variable ${variableOf(name)})`);
    }
    return value;
  };
  return Object.assign(read, { required });
}

function roleConfig(option: OptionReader, env: Environment): RoleConfig {
  return {
    cluster: clusterSource(option("kubeconfig"), env),
    logLevel: parseLogLevel(option("log-level") ?? "info"),
    metricsListen: parseHostPort("metrics-listen", option("metrics-listen") ?? "127.0.0.1:0"),
    identity: option("lease-identity") ?? (env["POD_NAME"] || hostname()),
    concurrency: parseCount("concurrency", option("concurrency") ?? "20"),
  };
}

const namespace = (option: OptionReader, env: Environment): string | undefined =>
  option("namespace") ?? (env["POD_NAMESPACE"] || undefined);

const list = (text = ""): string[] =>
  text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");

/** As kubectl looks for it: a flag, `KUBECONFIG`, the pod's service account, `~/.kube/config`. */
function clusterSource(flag: string | undefined, env: Environment): ClusterSource {
  const paths = flag ?? env["KUBECONFIG"];
  if (paths) return { type: "kubeconfig", paths };
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"];
  if (host && port) return { type: "inCluster", host, port };
  return { type: "kubeconfig", paths: join(homedir(), ".kube", "config") };
}

function parseLogLevel(text: string): LogLevel {
  const levels: readonly string[] = ["trace", "debug", "info", "warn", "error"];
  if (!levels.includes(text)) {
    throw new ConfigError(`--log-level: ${text} is none of ${levels.join(", ")}`);
  }
  return text as LogLevel;
}

/** `host:port`, `:port` for all addresses, `[v6]:port`. */
export function parseHostPort(name: string, text: string): HostPort {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new ConfigError(`--${name}: ${JSON.stringify(text)} is not host:port`);
  }
  return { host: match[1] ?? (match[2] || "0.0.0.0"), port };
}

/** A DNS name or an IP address; IPv6 may be in brackets. */
export function parseHost(name: string, text: string): string {
  const match =
    /^(?:\[([0-9a-fA-F:.%]+)\]|([0-9a-fA-F:.]*:[0-9a-fA-F:.]*)|([A-Za-z0-9._-]+))$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? match?.[3];
  if (host === undefined || (host.includes(":") && !isIPv6(host))) {
    throw new ConfigError(`--${name}: ${JSON.stringify(text)} is not a host name or an IP address`);
  }
  return host;
}

/** `host` or `host:port`. */
function parseHostWithPort(name: string, text: string, port: number): HostPort {
  return /^[^:]+:\d+$|\]:\d+$/.test(text)
    ? parseHostPort(name, text)
    : { host: parseHost(name, text), port };
}

/** The text that {@link parseHostPort} reads. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseCount(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 1000) {
    throw new ConfigError(`--${name}: ${JSON.stringify(text)} is not a number from 1 to 1000`);
  }
  return count;
}

const camelCase = (name: string): string =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const variableOf = (name: string): string => `VIC_${name.toUpperCase().replaceAll("-", "_")}`;

function deepFreeze<T extends object>(value: T): T {
  for (const child of Object.values(value) as unknown[]) {
    if (typeof child === "object" && child !== null) deepFreeze(child);
  }
  return Object.freeze(value);
}
