import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Terminal } from "./terminal.ts";
import { WholeLab } from "./whole-lab.ts";

let lab: WholeLab;
let terminal: Terminal | undefined;
let number = 0;
let name = "";

beforeAll(async () => {
  lab = await WholeLab.start();
  await lab.docker.get("pull", "-q", "busybox");
});
afterAll(() => lab?.stop());

beforeEach(() => {
  name = `terminal-${++number}`;
});
afterEach(async () => {
  await terminal?.kill();
  terminal = undefined;
  await lab.docker.run(["rm", "-f", name]);
});

const state = (): Promise<string> =>
  lab.docker.get("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name);

test("what is typed into docker run -it reaches the process, and its exit code comes back", async () => {
  terminal = new Terminal(lab.docker, ["run", "-it", "--name", name, "busybox", "sh"]);
  await terminal.shows("# ");
  terminal.type("tty; echo $((6 * 7))\n");
  await terminal.shows("\r\n42\r\n");
  terminal.type("exit 5\n");
  expect(await terminal.ends()).toBe(5);
  expect(terminal.shown).toContain("/dev/");
  expect(await state()).toBe("exited 5");
});

test("the terminal in the guest has the size of the one outside, also after that has changed", async () => {
  terminal = new Terminal(lab.docker, ["run", "-it", "--name", name, "busybox", "sh"], 30, 100);
  await terminal.shows("# ");
  terminal.type("stty size\n");
  await terminal.shows("\r\n30 100\r\n");
  terminal.resize(40, 120);
  terminal.type("until stty size | grep -q 40; do sleep 0.1; done; stty size\n");
  await terminal.shows("\r\n40 120\r\n");
});

test("ctrl-c interrupts what runs in the guest's terminal", async () => {
  terminal = new Terminal(lab.docker, ["run", "-it", "--name", name, "busybox", "sh"]);
  await terminal.shows("# ");
  // Not what the shell echoes: it still has the terminal to itself then, and takes no ctrl-c for an interrupt.
  terminal.type("echo $((6 * 7)); sleep 1000\n");
  await terminal.shows("\r\n42\r\n");
  terminal.type("\u0003");
  await terminal.shows("# ");
  terminal.type("exit\n");
  expect(await terminal.ends()).toBe(130);
});

test("ctrl-p ctrl-q leaves the container running, and attach comes back to it", async () => {
  terminal = new Terminal(lab.docker, ["run", "-it", "--name", name, "busybox", "sh"]);
  await terminal.shows("# ");
  terminal.type("\u0010\u0011");
  expect(await terminal.ends()).toBe(0);
  expect(await state()).toBe("running 0");
  terminal = new Terminal(lab.docker, ["attach", name]);
  terminal.type("echo back again\n");
  await terminal.shows("\r\nback again\r\n");
  terminal.type("exit 4\n");
  expect(await terminal.ends()).toBe(4);
  expect(await state()).toBe("exited 4");
});

test("other keys detach where the user says so", async () => {
  const args = ["run", "-it", "--detach-keys", "ctrl-a,x", "--name", name, "busybox", "sh"];
  terminal = new Terminal(lab.docker, args);
  await terminal.shows("# ");
  terminal.type("\u0001x");
  expect(await terminal.ends()).toBe(0);
  expect(await state()).toBe("running 0");
});

test("docker exec -it is a shell of its own", async () => {
  await lab.docker.get("run", "-d", "--name", name, "busybox", "sleep", "1000");
  terminal = new Terminal(lab.docker, ["exec", "-it", "-e", "WHO=me", name, "sh"], 33, 77);
  await terminal.shows("# ");
  terminal.type("echo I am $WHO; stty size\n");
  await terminal.shows("\r\nI am me\r\n33 77\r\n");
  terminal.resize(20, 60);
  terminal.type("sleep 1; stty size\n");
  await terminal.shows("20 60\r\n");
  terminal.type("exit 3\n");
  expect(await terminal.ends()).toBe(3);
  expect(await state()).toBe("running 0");
});
