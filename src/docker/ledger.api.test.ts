import { afterAll, beforeAll, expect, test } from "vitest";
import {
  DockerHosts,
  runGateway,
  type RunningGateway,
} from "../../test/gateway/running-gateway.ts";
import { routesOf } from "./routes.ts";

let gateway: RunningGateway;
let hosts: DockerHosts;
let url: string;

beforeAll(async () => {
  gateway = await runGateway();
  hosts = await DockerHosts.create();
  url = (await hosts.addPlain(gateway, "host")).replace("tcp", "http");
});

afterAll(async () => {
  await gateway.close();
  await hosts.end();
});

const routes = routesOf("1").map((route) => ({
  ...route,
  path: route.pattern.replaceAll(/\{[^}]+\}/g, "nosuch"),
}));
const refused = routes.filter((route) => route.refused !== undefined);

test("a refused route says why, and is 501, or 503 where it is swarm's", async () => {
  for (const { method, path, refused: why } of refused) {
    const answer = await fetch(url + path, { method });
    const status = why!.startsWith("This node is not a swarm manager") ? 503 : 501;
    expect(answer.status, `${method} ${path}`).toBe(status);
    if (method !== "HEAD") expect(await answer.json(), path).toEqual({ message: why });
  }
});

test("no route is behind another one that takes its calls", async () => {
  const { Router } = await import("./http/router.ts");
  const router = new Router(routesOf("1"));
  for (const { method, path, pattern } of routes) {
    expect(router.match(method, path).route.pattern, path).toBe(pattern);
  }
});

test("a path that Docker doesn't have isn't found", async () => {
  for (const path of ["/containers", "/containers/x", "/images", "/nosuch", "/v1.51/", "/"]) {
    const answer = await fetch(url + path);
    expect(answer.status, path).toBe(404);
    expect(await answer.json()).toEqual({ message: "page not found" });
  }
});
