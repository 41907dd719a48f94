import { type Scenario, step, tidy } from "../scenario.ts";

/** Containers that run and end, and what is heard of them. */
export const runScenarios: readonly Scenario[] = [
  {
    name: "output and exit codes",
    steps: [
      step("run --rm busybox echo hi"),
      step("run --rm busybox sh -c 'echo out; echo err >&2; exit 7'"),
      step("run --rm busybox sh -c 'printf no-newline'"),
      step("run --rm busybox true"),
      step("run --rm -t busybox sh -c 'echo out; echo err >&2; exit 3'"),
    ],
  },
  {
    name: "standard input",
    steps: [
      step("run --rm -i busybox cat", { input: "one\ntwo" }),
      step("run --rm -i busybox sh -c 'read line; echo got $line; cat'", { input: "a\nb\n" }),
      step("run --rm -i busybox wc -c", { input: "x".repeat(100_000) }),
      step("run --rm busybox cat", { input: "isn't sent" }),
      step("run -it --rm busybox true", { input: "" }),
    ],
  },
  {
    name: "programs that can't be started",
    steps: [
      step("run --rm busybox nonesuch"),
      step("run --rm busybox /none/such"),
      step("run --rm busybox /etc/passwd"),
      step("run --rm busybox /etc", {
        gateway: {
          reason: "newer versions of Go, and so of runc, say it so",
          stderr:
            "docker: Error response from daemon: failed to create task for container: unable to start container process: exec: \"/etc\": is a directory: unknown\n\nRun 'docker run --help' for more information\n",
        },
      }),
      step("run --rm -u nosuchuser busybox true"),
      step("run --rm -u root:nosuchgroup busybox true"),
      step("run --name unstartable busybox nonesuch"),
      step("inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}' unstartable"),
      step("start unstartable"),
      step("start -a unstartable"),
      step("run -d --name unstartable2 busybox nonesuch"),
      step("ps -a --filter name=unstartable --format '{{.Names}} {{.Status}}'"),
      tidy("unstartable", "unstartable2"),
    ],
  },
  {
    name: "the process's surroundings",
    steps: [
      step("run --rm -e A=b -e C= busybox sh -c 'echo $A-$C; env | grep -c ^C='"),
      step("run --rm --env-file /dev/null busybox sh -c 'echo $PATH $HOME'"),
      step("run --rm -w /tmp busybox pwd"),
      step("run --rm -w /made/for/it busybox pwd"),
      step("run --rm -w relative busybox pwd"),
      step("run --rm -u nobody busybox id"),
      step("run --rm -u 1000:33 --group-add daemon --group-add 44 busybox id"),
      step("run --rm -h web-1 busybox hostname"),
      step("run --rm --hostname web-1 --domainname example.org busybox hostname", {
        gateway: {
          reason: "a guest's name has no domain, and nothing is taken and ignored",
          code: 125,
          stdout: "",
          stderr:
            "docker: Error response from daemon: Domainname can't be honoured: the guest's name has no domain\n\nRun 'docker run --help' for more information\n",
        },
      }),
      step("run --rm --entrypoint echo busybox hi there"),
      step("run --rm --entrypoint '' busybox echo hi"),
      step("run --rm busybox tty"),
      step("run --rm -t busybox sh -c 'tty >/dev/null && echo $TERM'"),
    ],
  },
  {
    name: "names",
    steps: [
      step("create --name twice busybox"),
      step("create --name twice busybox"),
      step("run --name twice busybox true"),
      step("create --name /slashed busybox"),
      step("create --name -bad busybox"),
      step("create --name a busybox"),
      step("create --name 'with space' busybox"),
      step("create --name UPPER_lower.1-x busybox"),
      step("inspect -f '{{.Name}}' twice slashed UPPER_lower.1-x"),
      step("rename twice UPPER_lower.1-x"),
      step("rename nosuch other"),
      step("rename twice twice"),
      step("rename twice once"),
      step("inspect -f '{{.Name}}' once"),
      step("inspect twice"),
      step("create --name twice busybox"),
      tidy("twice", "once", "slashed", "UPPER_lower.1-x"),
    ],
  },
];
