import { quietly, type Scenario, step, tidy } from "../scenario.ts";

const names = "--format '{{.Names}}'";

/** Lists and their filters. */
export const listScenarios: readonly Scenario[] = [
  {
    name: "ps and its filters",
    steps: [
      quietly("run -d --name ps-on -l tier=web -l who busybox sleep 1000"),
      quietly("run --name ps-off -l tier=db busybox sh -c 'exit 3'"),
      quietly("create --name ps-new busybox sh -c 'a very long command line that has to be cut'"),
      step(`ps -a --filter name=ps- ${names}`),
      step(`ps --filter name=ps- ${names}`),
      step(`ps -a --filter status=exited --filter name=ps- ${names}`),
      step(`ps -a --filter status=created --filter name=ps- ${names}`),
      step(`ps -a --filter status=running --filter status=created --filter name=ps- ${names}`),
      step(`ps -a --filter status=nonsense ${names}`),
      step(`ps -a --filter exited=3 --filter name=ps- ${names}`),
      step(`ps -a --filter exited=nonsense ${names}`),
      step(`ps -a --filter label=tier ${names}`),
      step(`ps -a --filter label=tier=db ${names}`),
      step(`ps -a --filter label=tier=db --filter label=who ${names}`),
      step(`ps -a --filter ancestor=busybox --filter name=ps- ${names}`),
      step(`ps -a --filter before=ps-off --filter name=ps- ${names}`),
      step(`ps -a --filter since=ps-off --filter name=ps- ${names}`),
      step(`ps -a --filter since=nosuch ${names}`),
      step(`ps -a --filter nonsense=1 ${names}`),
      step(`ps -a --filter health=none --filter name=ps- ${names}`),
      step(`ps -a --filter is-task=nonsense ${names}`),
      step(`ps -n 1 --filter name=ps- ${names}`),
      step(`ps -l --filter name=ps- ${names}`),
      step("ps -a --no-trunc --filter name=ps-new --format '{{.Command}} {{.ID}}'"),
      step("ps -a --filter name=ps-new --format '{{.Command}} {{.ID}} {{.Status}} {{.Ports}}'"),
      step("ps -a --filter name=ps-on --format '{{.Labels}} {{.Label \"tier\"}} {{.Mounts}}'"),
      step("ps -a --filter name=ps-o", { unordered: true }),
      step("container ls -a --filter name=nothing-has-this-name"),
      tidy("ps-on", "ps-off", "ps-new"),
    ],
  },
  {
    name: "the engine itself",
    steps: [
      step(
        "version --format '{{.Client.Version}} {{.Server.Os}}/{{.Server.Arch}} {{.Server.APIVersion}} {{.Server.MinAPIVersion}}'",
      ),
      step("info --format '{{.OSType}} {{.Swarm.LocalNodeState}}'"),
      step("login -u nobody -p wrong 127.0.0.1:1", {
        gateway: {
          reason: "Node's words for a refused connection",
          stderr:
            "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\nError response from daemon: login attempt to 127.0.0.1:1 failed: registry 127.0.0.1:1 can't be reached: connect ECONNREFUSED 127.0.0.1:1\n",
        },
      }),
    ],
  },
];
