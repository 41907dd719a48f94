import type { GuestStats } from "../../console/client/console-client.ts";

const NEVER = "0001-01-01T00:00:00Z"; // Go's zero time
const NO_CPU = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};
const EMPTY_BLOCK_IO = {
  io_service_bytes_recursive: null,
  io_serviced_recursive: null,
  io_queue_recursive: null,
  io_service_time_recursive: null,
  io_wait_time_recursive: null,
  io_merged_recursive: null,
  io_time_recursive: null,
  sectors_recursive: null,
};

/** What dockerd tells of a container that doesn't run. */
export const emptySample = (name: string, id: string): object => ({
  name: `/${name}`,
  id,
  read: NEVER,
  preread: NEVER,
  pids_stats: {},
  blkio_stats: EMPTY_BLOCK_IO,
  num_procs: 0,
  storage_stats: {},
  cpu_stats: NO_CPU,
  precpu_stats: NO_CPU,
  memory_stats: {},
});

/** A sample of the guest in Docker's words (Docker Engine API, ContainerStats). `before` is the one a second earlier, from which clients count percentages. */
export const dockerSample = (
  name: string,
  id: string,
  now: GuestStats,
  before: GuestStats | undefined,
): object => ({
  ...emptySample(name, id),
  read: now.at,
  preread: before?.at ?? NEVER,
  pids_stats: { current: now.pids },
  blkio_stats: {
    ...EMPTY_BLOCK_IO,
    io_service_bytes_recursive: [
      { major: 8, minor: 0, op: "read", value: now.blkio.readBytes },
      { major: 8, minor: 0, op: "write", value: now.blkio.writeBytes },
    ],
  },
  cpu_stats: cpuOf(now),
  precpu_stats: before === undefined ? NO_CPU : cpuOf(before),
  memory_stats: {
    usage: now.memory.usageBytes,
    stats: now.memory.stats,
    limit: now.memory.limitBytes,
  },
  networks: Object.fromEntries(
    Object.entries(now.networks).map(([network, counts]) => [network, countersOf(counts)]),
  ),
});

const cpuOf = ({ cpu }: GuestStats) => ({
  cpu_usage: {
    total_usage: cpu.totalNs,
    usage_in_kernelmode: cpu.systemNs,
    usage_in_usermode: cpu.userNs,
  },
  system_cpu_usage: cpu.machineNs,
  online_cpus: cpu.online,
  throttling_data: NO_CPU.throttling_data,
});

const countersOf = (counts: Readonly<Record<string, number>>) => ({
  rx_bytes: counts["rxBytes"] ?? 0,
  rx_packets: counts["rxPackets"] ?? 0,
  rx_errors: counts["rxErrors"] ?? 0,
  rx_dropped: counts["rxDropped"] ?? 0,
  tx_bytes: counts["txBytes"] ?? 0,
  tx_packets: counts["txPackets"] ?? 0,
  tx_errors: counts["txErrors"] ?? 0,
  tx_dropped: counts["txDropped"] ?? 0,
});
