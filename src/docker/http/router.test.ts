import { describe, expect, test } from "vitest";
import { route } from "../route.ts";
import { Router } from "./router.ts";

const handler = async (): Promise<void> => undefined;
const router = new Router([
  route("GET", "/containers/json", handler),
  route("GET", "/containers/{name:.*}/json", handler),
  route("DELETE", "/containers/{name:.*}", handler),
  route("GET", "/tasks/{id}", handler),
  route("POST", "/volumes/prune", handler, 25),
]);

const match = (method: string, target: string) => {
  const { params, minor, path } = router.match(method, target);
  return { params: { ...params }, minor, path };
};

describe("is refused", () => {
  test.each([
    ["GET", "/nosuch", 404, "page not found"],
    ["PUT", "/containers/json", 404, "page not found"],
    ["GET", "/tasks/a/b", 404, "page not found"],
    ["POST", "/v1.24/volumes/prune", 404, "page not found"],
    ["GET", "/vx/containers/json", 404, "page not found"],
    ["GET", "/%zz", 400, "invalid URL escape"],
    ["GET", "/v1.23/containers/json", 400, "client version 1.23 is too old"],
    ["GET", "/v1/containers/json", 400, "client version 1 is too old"],
    ["GET", "/v0.9/containers/json", 400, "too old"],
    ["GET", "/v1.52/containers/json", 400, "client version 1.52 is too new"],
    ["GET", "/v2.0/containers/json", 400, "client version 2.0 is too new"],
  ])("%s %s", (method, target, status, message) => {
    let thrown: unknown;
    try {
      router.match(method, target);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ status, message: expect.stringContaining(message) });
  });
});

test.each([
  ["/containers/a/json", "a"],
  ["/containers/a/b/c/json", "a/b/c"],
  ["/containers/a%2Fb/json", "a/b"],
  ["/containers/json/json", "json"],
  ["/containers/%E2%82%AC/json", "€"],
  ["/containers/%ff/json", "\ufffd"],
  ["/containers/a%0Ab/json", "a\nb"],
])("a name is whatever stands there: %s", (target, name) => {
  expect(match("GET", target).params).toEqual({ name });
});

test("the version is the path's, the newest without one", () => {
  expect(match("GET", "/v1.24/containers/json")).toMatchObject({
    minor: 24,
    path: "/containers/json",
  });
  expect(match("GET", "/v1.51/containers/json").minor).toBe(51);
  expect(match("GET", "/containers/json").minor).toBe(51);
});
