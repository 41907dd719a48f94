import { quietly, type Scenario, type Step, step, tidy } from "../scenario.ts";

const state = "{{.State.Status}} {{.State.Running}} {{.State.ExitCode}}";

/** How the kernel's mask of the signals that a process catches ends (proc(5)) once it has a trap for this one. A shell catches INT without. */
const MASKS = { QUIT: "[4-7c-f]", TERM: "[4-7c-f]..." } as const;

/** Waits until a container's shell has set its last trap. */
const catches = (name: string, signal: keyof typeof MASKS): Step =>
  quietly(
    `exec ${name} sh -c 'until grep -q "^SigCgt:.*${MASKS[signal]}$" /proc/1/status; do sleep 0.1; done'`,
  );

/** Containers that are started, stopped and taken away. */
export const lifeScenarios: readonly Scenario[] = [
  {
    name: "created, started, stopped, removed",
    steps: [
      step("create --name life -l color=red --stop-timeout 2 busybox sleep 1000"),
      step(`inspect -f '${state}' life`),
      step("ps -a --filter name=^/life$ --format '{{.Names}}|{{.Image}}|{{.Command}}|{{.Status}}'"),
      step("start life"),
      step("start life"),
      step(`inspect -f '${state}' life`),
      step("ps --filter name=^/life$ --format '{{.Names}}|{{.Command}}|{{.State}}|{{.Labels}}'"),
      step("rm life"),
      step("stop life"),
      step("stop life"),
      step(`inspect -f '${state}' life`),
      step("kill life"),
      step("wait life"),
      step("restart life"),
      step(`inspect -f '${state}' life`),
      step("kill life"),
      step("wait life"),
      step(`inspect -f '${state}' life`),
      step("rm life"),
      step("rm life"),
      step("inspect life"),
    ],
  },
  {
    name: "signals",
    steps: [
      quietly(
        'run -d --name signals --stop-timeout 120 busybox sh -c \'trap "echo got USR1; touch /got" USR1; trap "exit 6" INT; trap "exit 5" TERM; echo ready; while true; do sleep 0.1; done\'',
      ),
      catches("signals", "TERM"),
      step("kill -s NOSUCH signals"),
      step("kill -s USR1 signals"),
      quietly("exec signals sh -c 'until [ -e /got ]; do sleep 0.1; done'"),
      step("stop signals"),
      step(`inspect -f '${state}' signals`),
      step("logs signals"),
      quietly("start signals"),
      catches("signals", "TERM"),
      step("stop -s INT -t 120 signals"),
      step(`inspect -f '${state}' signals`),
      quietly("start signals"),
      catches("signals", "TERM"),
      step("kill -s 9 signals"),
      step("wait signals"),
      step("stop -s NOSUCH signals"),
      tidy("signals"),
    ],
  },
  {
    name: "a signal that the image or the user has chosen",
    steps: [
      quietly(
        "run -d --name chosen --stop-signal QUIT --stop-timeout 120 busybox sh -c 'trap \"exit 9\" QUIT; while true; do sleep 0.1; done'",
      ),
      catches("chosen", "QUIT"),
      step("stop chosen"),
      step(`inspect -f '${state} {{.Config.StopSignal}}' chosen`),
      tidy("chosen"),
    ],
  },
  {
    name: "what isn't there, or isn't possible",
    steps: [
      step("start nosuch"),
      step("stop nosuch"),
      step("kill nosuch"),
      step("wait nosuch"),
      step("restart nosuch"),
      step("rm nosuch"),
      step("rm -f nosuch"),
      step("logs nosuch"),
      step("attach nosuch"),
      step("exec nosuch true"),
      step("top nosuch"),
      step("inspect nosuch"),
      step("container inspect nosuch"),
      quietly("create --name idle busybox sleep 100"),
      step("exec idle true"),
      step("top idle"),
      step("kill idle"),
      step("attach idle"),
      step("stop idle"),
      step("logs idle"),
      quietly("start idle"),
      step("rm idle"),
      step("rm -f idle"),
      step("run --rm -d --restart always busybox true"),
      step("run --restart nonsense busybox true"),
      step("run --restart on-failure:-1 busybox true"),
      step("run --stop-signal NOSUCH busybox true"),
      tidy("idle"),
    ],
  },
  {
    name: "policies of restarting",
    steps: [
      step("run --name failing --restart on-failure:2 busybox sh -c 'echo tried; exit 3'", {
        quiet: true,
      }),
      step("wait failing"),
      step("logs failing"),
      step(
        "inspect -f '{{.RestartCount}} {{.State.ExitCode}} {{.HostConfig.RestartPolicy}}' failing",
      ),
      quietly("run -d --name always --restart always --stop-timeout 1 busybox sleep 1000"),
      quietly("exec always sleep 1"),
      step("stop always"),
      step(`inspect -f '${state}' always`),
      tidy("failing", "always"),
    ],
  },
  {
    name: "waiting and pruning",
    steps: [
      quietly("run -d --name w1 busybox sh -c 'sleep 1; exit 4'"),
      quietly("run -d --name w2 busybox sh -c 'sleep 1; exit 5'"),
      step("wait w1 w2"),
      quietly("create --name w3 busybox"),
      step("container prune -f --filter label=nosuch"),
      step("ps -aq --filter name=w1 --filter name=w2 --filter name=w3", { unordered: true }),
      tidy("w1", "w2", "w3"),
    ],
  },
];
