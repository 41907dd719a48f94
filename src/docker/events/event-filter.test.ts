import { expect, test } from "vitest";
import type { DockerEvent } from "./event-sink.ts";
import { Filters } from "../filters/filters.ts";
import { EVENT_FILTERS, isWanted } from "./event-filter.ts";

const container: DockerEvent = {
  type: "container",
  action: "exec_create: sh -c true",
  id: "abc123",
  attributes: { image: "example.com:5000/web:1", name: "shop", tier: "front" },
};
const image: DockerEvent = {
  type: "image",
  action: "pull",
  id: "busybox:latest",
  attributes: { name: "busybox" },
};

const wanted = (event: DockerEvent, filters: object): boolean =>
  isWanted(Filters.parse(JSON.stringify(filters), EVENT_FILTERS), event);

test.each([
  [{}, true],
  [{ event: ["exec_create"] }, true],
  [{ event: ["exec_create: sh -c true"] }, true],
  [{ event: ["exec"] }, false],
  [{ event: ["exec_start", "exec_create"] }, true],
  [{ type: ["container"] }, true],
  [{ type: ["image"] }, false],
  [{ scope: ["local"] }, true],
  [{ scope: ["swarm"] }, false],
  [{ container: ["shop"] }, true],
  [{ container: ["abc"] }, true],
  [{ container: ["sho"] }, true],
  [{ container: ["hop"] }, false],
  [{ image: ["example.com:5000/web:1"] }, true],
  [{ image: ["example.com:5000/web"] }, true],
  [{ image: ["web"] }, false],
  [{ label: ["tier"] }, true],
  [{ label: ["tier=back"] }, false],
  [{ label: ["tier=front"], container: ["other"] }, false],
  [{ network: ["shop"] }, false],
  [{ daemon: ["shop"] }, false],
])("of a container, %j: %s", (filters, is) => {
  expect(wanted(container, filters)).toBe(is);
});

test.each([
  [{ image: ["busybox"] }, true],
  [{ image: ["busybox:latest"] }, true],
  [{ image: ["busybox:1"] }, false],
  [{ container: ["busybox"] }, false],
  [{ event: ["pull"] }, true],
])("of an image, %j: %s", (filters, is) => {
  expect(wanted(image, filters)).toBe(is);
});
