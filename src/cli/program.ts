import { Command, Option } from "commander";
import {
  ConfigError,
  environment,
  parseBundleConfig,
  parseCheckConfig,
  parseConsoleConfig,
  parseGatewayConfig,
  parseOperatorConfig,
  type Environment,
  type Flags,
} from "../config.ts";
import { packageVersion } from "./version.ts";

/**
 * The program `vic`. A role's code is imported when the role runs: the console has no use for the vSphere client, and
 * `--help` for neither.
 */
export function createProgram(env: Environment = environment()): Command {
  const program = new Command("vic")
    // 2, as shells and most programs say "you called me wrong"; 1 is a role that failed.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : usageExitCode))
    .description("Makes vSphere a container host that is declared: every container a VM of its own")
    .version(packageVersion())
    .showHelpAfterError("(vic --help says what there is)");

  role(program, "operator", "converge resources and vSphere")
    .option("--guest-iso <path>", "ISO from which containers' VMs boot")
    .option("--console-address <host:port>", "how guests reach the console")
    .option("--serial-address <host:port>", "how ESXi hosts reach the console")
    .option("--gateway-address <host[:port]>", "how Docker tools reach the gateway")
    .option("--vsphere-tasks <n>", "tasks under way at a time, per vSphere server (default 32)")
    .action(async (flags: Flags) => {
      const config = parse(program, () => parseOperatorConfig(flags, env));
      const { runOperator } = await import("./operator.ts");
      await runOperator(config);
    });

  role(program, "console", "speak to the agents in guests")
    .option("--console-listen <host:port>", "where agents dial in (default 0.0.0.0:2377)")
    .option("--serial-listen <host:port>", "where ESXi hosts dial in (default 0.0.0.0:2378)")
    .option("--api-listen <host:port>", "where gateways ask (default 0.0.0.0:8443)")
    .option("--peers <host:port,…>", "where other consoles may be asked")
    .action(async (flags: Flags) => {
      const config = parse(program, () => parseConsoleConfig(flags, env));
      const { runConsole } = await import("./console.ts");
      await runConsole(config);
    });

  role(program, "gateway", "serve the Docker API of every VirtualContainerHost")
    .option("--docker-listen <host:port>", "the port that hosts share (default 0.0.0.0:2376)")
    .option("--docker-address <host>", "where hosts' own ports are opened (default 0.0.0.0)")
    .option("--console <host:port>", "where the console is asked")
    .action(async (flags: Flags) => {
      const config = parse(program, () => parseGatewayConfig(flags, env));
      const { runGateway } = await import("./gateway.ts");
      await runGateway(config);
    });

  program
    .command("bundle <host>")
    .description("write what Docker tools need to reach a VirtualContainerHost")
    .option("-n, --namespace <name>", "its namespace (default: kubeconfig's)")
    .option("-o, --output <folder>", "where to (default: a folder of the host's name)")
    .addOption(new Option("--kubeconfig <path>", "default: KUBECONFIG, ~/.kube"))
    .addHelpText("after", '\nIn a shell: eval "$(vic bundle web -n team-a)"')
    .action(async (host: string, flags: Flags) => {
      const { writeBundle } = await import("./bundle.ts");
      try {
        process.stdout.write(await writeBundle(parseBundleConfig(host, flags, env)));
      } catch (error) {
        // One line for a person, whatever it was; a stack would hide it.
        process.stderr.write(`error: ${(error as Error).message}\n`);
        process.exitCode = 1;
      }
    });

  program
    .command("check")
    .description(
      "prove that everything asked for is in vSphere once, and nothing besides; exit status 1 if not",
    )
    .addOption(new Option("-o, --output <format>", "text or json").default("text"))
    .option("--verbose", "list others' things too, and those of which nobody knows whose they are")
    .addOption(new Option("--kubeconfig <path>", "default: KUBECONFIG, ~/.kube"))
    .action(async ({ verbose, ...flags }: { verbose?: boolean } & Record<string, string>) => {
      const config = parse(program, () => parseCheckConfig(flags, verbose === true, env));
      const { runCheck } = await import("./check.ts");
      try {
        const { text, exitCode } = await runCheck(config);
        process.stdout.write(text);
        process.exitCode = exitCode;
      } catch (error) {
        process.stderr.write(`error: ${(error as Error).message}\n`);
        // Not 1: nothing was found, and nothing was proven.
        process.exitCode = usageExitCode;
      }
    });
  return program;
}

const usageExitCode = 2;

/** A long-running role with the options that all of them have. */
function role(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .addHelpText("after", "\nEach option may also be a variable: VIC_LOG_LEVEL for --log-level.")
    .addOption(new Option("--kubeconfig <path>", "default: KUBECONFIG, the pod's account, ~/.kube"))
    .option("--metrics-listen <host:port>", "serve /healthz /readyz /metrics (default 127.0.0.1:0)")
    .option(
      "--namespace <name>",
      "namespace of the installation (default: the pod's, or kubeconfig's)",
    )
    .option("--lease-identity <name>", "stable name of this process (default: pod or host name)")
    .option("--concurrency <n>", "reconciles at a time, per controller (default 20)")
    .option("--log-level <level>", "trace, debug, info, warn or error (default info)");
}

function parse<C>(program: Command, read: () => C): C {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigError) program.error(`error: ${error.message}`);
    throw error;
  }
}
