import { beforeAll, expect, test } from "vitest";
import { hasDockerCli } from "../../../test/gateway/docker-cli.ts";
import { eventually } from "../../../test/eventually.ts";
import { onConsole } from "../../../test/gateway/on-console.ts";
import type { GuestStats } from "../../console/client/console-client.ts";
import { KINDS } from "../../api/kinds.ts";

const { console, hosts, url, add, setState, docker } = onConsole();
let id: string;

beforeAll(async () => {
  id = await add("box", "Running");
  console.start(id, "sleep", "600");
});

/** A machine of two processors that is half busy from second to second. */
const sample = (second: number): GuestStats => ({
  at: new Date(second * 1000).toISOString(),
  cpu: {
    totalNs: second * 1e9,
    userNs: second * 6e8,
    systemNs: second * 4e8,
    machineNs: second * 2e9,
    online: 2,
  },
  memory: { usageBytes: 64 * 2 ** 20, limitBytes: 2 ** 30, stats: { inactive_file: 2 ** 20 } },
  pids: 3,
  networks: { eth0: { rxBytes: 1000, rxPackets: 10, txBytes: 2000, txPackets: 20 } },
  blkio: { readBytes: 4096, writeBytes: 8192 },
});

const stats = (name: string, query: string) =>
  fetch(`${url()}/v1.51/containers/${name}/stats?${query}`);

test("a stream can't be one shot, and what isn't there has none", async () => {
  const both = await stats("box", "stream=1&one-shot=1");
  expect([both.status, await both.json()]).toEqual([
    400,
    { message: "cannot have stream=true and one-shot=true" },
  ]);
  expect((await stats("nosuch", "stream=0")).status).toBe(404);
  console.unavailable = true;
  expect((await stats("box", "stream=0")).status).toBe(503);
  expect((await stats("box", "")).status).toBe(503);
});

test("one answer has two samples, a second apart", async () => {
  console.samples = [sample(1), sample(2)];
  expect(await (await stats("box", "stream=0")).json()).toMatchObject({
    name: "/box",
    id,
    read: "1970-01-01T00:00:02.000Z",
    preread: "1970-01-01T00:00:01.000Z",
    pids_stats: { current: 3 },
    blkio_stats: {
      io_service_bytes_recursive: [
        { op: "read", value: 4096 },
        { op: "write", value: 8192 },
      ],
    },
    cpu_stats: {
      cpu_usage: { total_usage: 2e9, usage_in_kernelmode: 8e8, usage_in_usermode: 12e8 },
      system_cpu_usage: 4e9,
      online_cpus: 2,
    },
    precpu_stats: { cpu_usage: { total_usage: 1e9 }, system_cpu_usage: 2e9 },
    memory_stats: { usage: 64 * 2 ** 20, limit: 2 ** 30 },
    networks: { eth0: { rx_bytes: 1000, rx_packets: 10, tx_bytes: 2000, rx_dropped: 0 } },
  });
});

test("one shot has one", async () => {
  console.samples = [sample(1)];
  const answer = await (await stats("box", "stream=0&one-shot=1")).json();
  expect(answer).toMatchObject({ preread: "0001-01-01T00:00:00Z" });
  expect(answer).not.toHaveProperty("precpu_stats.system_cpu_usage");
});

test("a container that doesn't run has an empty one", async () => {
  await add("off", "Exited");
  const answer = await (await stats("off", "stream=0")).json();
  expect(answer).toMatchObject({ name: "/off", memory_stats: {}, read: "0001-01-01T00:00:00Z" });
});

test("a stream goes on over an end and a start, and ends with the container", async () => {
  const other = await add("again", "Running");
  console.start(other, "sleep", "600");
  console.samples = [sample(1), sample(2)];
  const answer = await stats("again", "");
  const lines: { read: string }[] = [];
  const reading = (async () => {
    let rest = "";
    for await (const part of answer.body!) {
      rest += Buffer.from(part).toString();
      const whole = rest.split("\n");
      rest = whole.pop() ?? "";
      lines.push(...whole.map((line) => JSON.parse(line) as { read: string }));
    }
  })();
  const reads = () => lines.map(({ read }) => read.slice(0, 19));
  const NONE = "0001-01-01T00:00:00";
  const first = ["1970-01-01T00:00:01", "1970-01-01T00:00:02", NONE];
  await eventually(() => expect(reads()).toEqual(first));
  await setState("again", "Exited", { starts: 1 });
  console.samples = [sample(3)];
  await setState("again", "Running", { starts: 2 });
  await eventually(() => expect(reads()).toEqual([...first, "1970-01-01T00:00:03", NONE]));
  const { user, namespace } = hosts();
  await user.delete(KINDS.ContainerVM, { namespace, name: "again" });
  await reading;
});

test.runIf(hasDockerCli)("docker stats counts sane figures of it", async () => {
  console.samples = [sample(1), sample(2)];
  const format = "{{.CPUPerc}} {{.MemUsage}} {{.NetIO}} {{.BlockIO}} {{.PIDs}}";
  const args = ["stats", "--no-stream", "--format", format, "box"];
  const { stdout } = await docker(args);
  expect(stdout).toBe("100.00% 63MiB / 1GiB 1kB / 2kB 4.1kB / 8.19kB 3\n");
});
