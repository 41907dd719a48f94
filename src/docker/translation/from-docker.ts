import { posix } from "node:path";
import type { ContainerVMSpecEnv, ContainerVMSpecRestart } from "../../api/containervm.gen.ts";
import { DockerError, invalidParameter } from "../errors.ts";
import { fromCommand, type ImageCommand } from "./command.ts";
import type { CreateSpec } from "./create-spec.ts";
import { FieldReader, isNothing, type Json } from "./create-body.ts";
import { configOptions, hostOptions, refusal, refuseOptions } from "./options.ts";
import { checkLimits } from "./limits.ts";
import { cpusOf, memoryOf } from "./resources.ts";
import { signalNumber } from "./signals.ts";

/** What of an image counts for the translation. */
export interface ImageDefaults extends ImageCommand {
  /** `NAME=value`. */
  readonly env?: readonly string[];
}

export interface Translated {
  readonly spec: CreateSpec;
  /** Told to the client, which shows them. */
  readonly warnings: readonly string[];
}

/**
 * The specification of a container that a request describes. Every option is honoured, without effect for a reason, or refused by name. Pure.
 *
 * @throws DockerError 400
 */
export function fromDocker(body: Json, image: ImageDefaults): Translated {
  const config = new FieldReader(body, ".");
  const hostConfig = config.object("HostConfig");
  refuseOptions(body, configOptions);
  refuseOptions(hostConfig, hostOptions, "HostConfig.");
  const host = new FieldReader(hostConfig, ".HostConfig.");
  const memory = memoryOf(host);
  const command = fromCommand(config.words("Entrypoint"), config.words("Cmd"), image);
  const autoRemove = host.flag("AutoRemove");
  const restart = restartOf(host.object("RestartPolicy"));
  if (autoRemove && restart !== undefined) {
    throw invalidParameter("can't create 'AutoRemove' container with restart policy");
  }
  const spec: CreateSpec = {
    ...command,
    ...optional("env", environmentOf(config.texts("Env") ?? [], image.env ?? [])),
    ...optional("labels", config.textMap("Labels")),
    ...optional("user", userOf(config.text("User"))),
    ...optional("workingDir", workingDirOf(config.text("WorkingDir"))),
    ...optional("hostname", hostnameOf(config.text("Hostname"))),
    ...optional("groups", [...new Set(host.texts("GroupAdd"))]),
    ...optional("exposedPorts", portsOf(config.object("ExposedPorts"))),
    ...optional("stopSignal", stopSignalOf(config.text("StopSignal"))),
    ...stopTimeoutOf(config.integer("StopTimeout")),
    ...optional("tty", config.flag("Tty")),
    ...optional("openStdin", config.flag("OpenStdin")),
    ...optional("stdinOnce", config.flag("StdinOnce")),
    ...optional("autoRemove", autoRemove),
    ...optional("restart", restart),
    ...optional("cpus", cpusOf(host)),
    ...optional("memoryMiB", memory.memoryMiB),
    networks: networksOf(host.text("NetworkMode"), config.object("NetworkingConfig")),
  };
  checkLimits(spec);
  return { spec, warnings: memory.warnings };
}

/** Left out where it says nothing, so that what is stored is what was asked for. */
const optional = <K extends string, V>(name: K, value: V): { readonly [k in K]?: NonNullable<V> } =>
  (isNothing(value) ? {} : { [name]: value }) as { readonly [k in K]?: NonNullable<V> };

/** Of two with one name the latter counts. */
function environmentOf(given: readonly string[], ofImage: readonly string[]): ContainerVMSpecEnv[] {
  const values = new Map<string, string>();
  for (const entry of given) {
    const equals = entry.indexOf("=");
    const name = equals < 0 ? entry : entry.slice(0, equals);
    if (name === "") throw invalidParameter(`invalid environment variable: ${entry.slice(0, 200)}`);
    if (entry.includes("\0")) throw invalidParameter(`environment variable ${name} holds a NUL`);
    if (equals >= 0) {
      values.delete(name);
      values.set(name, entry.slice(equals + 1));
    } else if (ofImage.some((each) => each.startsWith(`${name}=`))) {
      throw refusal(
        `Env ${name}`,
        "a variable of the image can be set to nothing, but not removed",
      );
    }
  }
  return [...values].map(([name, value]) => ({ name, value }));
}

function restartOf(policy: Json): ContainerVMSpecRestart | undefined {
  const reader = new FieldReader(policy, ".HostConfig.RestartPolicy.");
  const name = reader.text("Name");
  const retries = reader.integer("MaximumRetryCount") ?? 0;
  const known: Readonly<Record<string, ContainerVMSpecRestart["policy"] | undefined>> = {
    "": "No",
    no: "No",
    always: "Always",
    "unless-stopped": "UnlessStopped",
    "on-failure": "OnFailure",
  };
  const found = Object.hasOwn(known, name) ? known[name] : undefined;
  if (found === undefined) {
    throw invalidParameter(
      `invalid restart policy: unknown policy '${name.slice(0, 64)}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
    );
  }
  if (retries < 0) {
    throw invalidParameter("invalid restart policy: maximum retry count cannot be negative");
  }
  if (retries > 0 && found !== "OnFailure") {
    throw invalidParameter(
      "invalid restart policy: maximum retry count can only be used with 'on-failure'",
    );
  }
  if (found === "No") return undefined;
  return { policy: found, ...(retries > 0 && { maxRetries: retries }) };
}

export const restartPolicyOf = restartOf;

function userOf(user: string): string {
  if (user === "" || /^[^:\s]+(:[^:\s]+)?$/.test(user)) return user;
  throw refusal(`User ${JSON.stringify(user)}`, "it is a user, or a user, a colon and a group");
}

function workingDirOf(path: string): string {
  if (path === "") return "";
  if (!path.startsWith("/")) {
    throw invalidParameter(
      `the working directory '${path.slice(0, 200)}' is invalid, it needs to be an absolute path`,
    );
  }
  if (path.includes("\0")) throw invalidParameter("the working directory holds a NUL");
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, "") : normal;
}

function hostnameOf(name: string): string {
  if (name === "" || /^[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(name)) return name;
  throw refusal(`Hostname ${JSON.stringify(name)}`, "letters, digits and dashes, at most 63");
}

function portsOf(ports: Json): string[] {
  return Object.keys(ports).map((port) => {
    const [, number, protocol = "tcp"] = /^(\d{1,5})(?:\/([A-Za-z]+))?$/.exec(port) ?? [];
    const name = `${Number(number)}/${protocol.toLowerCase()}`;
    if (Number(number) > 0 && Number(number) < 65536 && /\/(tcp|udp|sctp)$/.test(name)) return name;
    throw invalidParameter(`invalid port specification: ${JSON.stringify(port.slice(0, 64))}`);
  });
}

function stopSignalOf(text: string): string {
  if (text === "") return "";
  if (signalNumber(text) === undefined) throw new DockerError(400, `invalid signal: ${text}`);
  return text.toUpperCase();
}

const maxTimeoutSeconds = 86_400;

function stopTimeoutOf(seconds: number | undefined): { readonly stopTimeoutSeconds?: number } {
  if (seconds === undefined) return {};
  if (seconds >= 0 && seconds <= maxTimeoutSeconds) return { stopTimeoutSeconds: seconds };
  throw refusal(`StopTimeout ${seconds}`, `0 to ${maxTimeoutSeconds} seconds`);
}

function networksOf(mode: string, networking: Json): { name: string }[] {
  const modes: Readonly<Record<string, string>> = {
    "": "bridge",
    default: "bridge",
    bridge: "bridge",
    none: "none",
  };
  const name = Object.hasOwn(modes, mode) ? modes[mode]! : undefined;
  if (name === undefined) {
    // Not 404, which a client would take for a missing image.
    throw refusal(`HostConfig.NetworkMode ${mode.slice(0, 128)}`, "there are bridge and none");
  }
  const endpoints = new FieldReader(networking, ".NetworkingConfig.").object("EndpointsConfig");
  for (const [network, settings] of Object.entries(endpoints)) {
    if ((Object.hasOwn(modes, network) ? modes[network] : undefined) !== name) {
      throw refusal(`network ${network.slice(0, 128)}`, "there are bridge and none, one at a time");
    }
    const given = Object.entries((settings ?? {}) as Json).find(([, value]) => !isNothing(value));
    if (given === undefined) continue;
    const [option] = given;
    throw refusal(
      `NetworkingConfig.EndpointsConfig.${network}.${option}`,
      "networks have no settings per container yet",
    );
  }
  return name === "none" ? [] : [{ name }];
}
