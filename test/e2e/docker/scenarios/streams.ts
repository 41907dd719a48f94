import { quietly, type Scenario, step, tidy } from "../scenario.ts";

/** What comes from containers and goes into them. */
export const streamScenarios: readonly Scenario[] = [
  {
    name: "exec",
    steps: [
      quietly("run -d --name host -e FROM=container busybox sleep 1000"),
      step("exec host sh -c 'echo out; echo err >&2; exit 3'"),
      step("exec -u nobody -w /tmp -e X=y host sh -c 'id -un; pwd; echo $X $FROM'"),
      step("exec -i host cat", { input: "through\n" }),
      step("exec -i host wc -c", { input: "y".repeat(50_000) }),
      step("exec host nonesuch"),
      step("exec host /none/such"),
      step("exec host /etc/passwd"),
      step("exec host /tmp", {
        gateway: {
          reason: "newer versions of Go, and so of runc, say it so",
          stdout:
            'OCI runtime exec failed: exec failed: unable to start container process: exec: "/tmp": is a directory: unknown\r\n',
        },
      }),
      step("exec -u nosuchuser host true"),
      step("exec -d -u nosuchuser host true"),
      step("exec -u nobody:nosuchgroup host true"),
      step("exec -u -1 host true"),
      step("exec -u 4294967296 host true"),
      step("exec -u 1234:5678 host id"),
      step("exec -w /none/such host pwd"),
      step("exec -w relative host pwd"),
      step("exec -w /etc/passwd host pwd"),
      step("exec -d -w /none/such host pwd"),
      step("exec -d host nonesuch"),
      step("exec -d host touch /tmp/made"),
      quietly("exec host sh -c 'until [ -e /tmp/made ]; do sleep 0.1; done'"),
      step("exec host ls /tmp"),
      step("exec -t host sh -c 'tty >/dev/null && echo terminal'"),
      step("exec host sh -c 'kill -9 $$'"),
      step("exec host"),
      step("exec --privileged host true", {
        gateway: {
          reason: "nothing is taken and ignored",
          code: 1,
          stderr:
            "Error response from daemon: Privileged isn't supported: no process of a container may have more rights in its VM than the others\n",
        },
      }),
      tidy("host"),
    ],
  },
  {
    name: "logs",
    steps: [
      quietly(
        "run --name both busybox sh -c 'for i in 1 2 3; do echo out $i; echo err $i >&2; done'",
      ),
      step("logs both"),
      quietly("run --name talk busybox sh -c 'for i in 1 2 3; do echo out $i; done; printf last'"),
      step("logs talk"),
      step("logs --tail 2 talk"),
      step("logs -n 0 talk"),
      step("logs --tail all talk"),
      step("logs -t --tail 1 talk"),
      step("logs -f talk"),
      step("logs --since 2001-01-01T00:00:00Z --until 2002-01-01T00:00:00Z talk"),
      step("logs --since 1h talk"),
      step("logs --until 1h talk"),
      step("logs --since nonsense talk"),
      step("logs --tail nonsense talk"),
      step("logs --details talk"),
      quietly("run -t --name talk-tty busybox sh -c 'echo out; echo err >&2'"),
      step("logs talk-tty"),
      tidy("both", "talk", "talk-tty"),
    ],
  },
  {
    name: "attach and start -a",
    steps: [
      quietly("create --name slow busybox sh -c 'echo one; sleep 1; echo two; exit 6'"),
      step("start -a slow"),
      step("start -a slow"),
      step("attach slow"),
      quietly("create -i --name parrot busybox sh -c 'read line; echo said $line'"),
      step("start -ai parrot", { input: "hello\n" }),
      tidy("slow", "parrot"),
    ],
  },
  {
    name: "top",
    steps: [
      quietly("run -d --name top busybox sleep 1000"),
      step("top top -eo args"),
      step("top top -eo pid,nonsense"),
      tidy("top"),
    ],
  },
  {
    name: "much output",
    steps: [
      step("run --rm busybox sh -c 'yes 0123456789 | head -n 200000 | md5sum'"),
      step("run --rm busybox sh -c 'yes 0123456789 | head -n 20000'"),
      quietly("run --name much busybox sh -c 'seq 1 20000'"),
      step("logs much"),
      step("logs --tail 5 much"),
      tidy("much"),
    ],
  },
];
