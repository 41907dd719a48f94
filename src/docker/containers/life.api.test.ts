import { beforeEach, describe, expect, test } from "vitest";
import { onGateway } from "../../../test/gateway/on-gateway.ts";

const { call, create, endings, newName, url } = onGateway();

let name: string;

beforeEach(() => {
  name = newName();
});

describe("a life", () => {
  test("starts, refuses to start again, stops, and is removed; then its name is free", async () => {
    await create(name);
    expect((await call("POST", `/containers/${name}/kill`)).body["message"]).toMatch(
      /^cannot kill container: .* is not running$/,
    );
    expect((await call("POST", `/containers/${name}/stop`)).status).toBe(304);
    expect((await call("POST", `/containers/${name}/start`)).status).toBe(204);
    expect((await call("GET", `/containers/${name}/json`)).body["State"]).toMatchObject({
      Status: "running",
      Running: true,
      Pid: 7,
    });
    expect((await call("POST", `/containers/${name}/start`)).status).toBe(304);
    const refused = await call("DELETE", `/containers/${name}`);
    expect(refused).toEqual({
      status: 409,
      body: {
        message: `cannot remove container "${name}": container is running: stop the container before removing or force remove`,
      },
    });
    expect((await call("POST", `/containers/${name}/restart?t=1`)).status).toBe(204);
    expect((await call("POST", `/containers/${name}/stop`)).status).toBe(204);
    expect((await call("POST", `/containers/${name}/stop`)).status).toBe(304);
    expect((await call("DELETE", `/containers/${name}`)).status).toBe(204);
    expect((await call("GET", `/containers/${name}/json`)).status).toBe(404);
    expect((await create(name)).status).toBe(201);
  });

  test("that ends at once has been started; wait tells its exit code", async () => {
    endings.set(name, { exitCode: 7 });
    await create(name);
    expect((await call("POST", `/containers/${name}/start`)).status).toBe(204);
    expect((await call("POST", `/containers/${name}/wait`)).body).toEqual({ StatusCode: 7 });
  });

  test.each([
    ["EntrypointNotFound", 127, 'exec: "foo": executable file not found in $PATH', 400],
    ["EntrypointNotExecutable", 126, 'exec: "/etc/passwd": permission denied', 400],
    ["StartFailed", 128, "unable to find user nobody2", 400],
  ])("that can't begin (%s) tells why", async (reason, code, message, status) => {
    endings.set(name, { failure: { code, reason, message } });
    await create(name);
    const answer = await call("POST", `/containers/${name}/start`);
    expect(answer.status).toBe(status);
    expect(answer.body["message"]).toContain(message);
    expect((await call("GET", `/containers/${name}/json`)).body["State"]).toMatchObject({
      Status: "created",
      ExitCode: code,
      Error: expect.stringContaining(message),
    });
  });

  test("waits answer each condition: the next exit isn't the last one, and removed comes after removal", async () => {
    await create(name);
    await call("POST", `/containers/${name}/start`);
    const next = call("POST", `/containers/${name}/wait?condition=next-exit`);
    const gone = call("POST", `/containers/${name}/wait?condition=removed`);
    await call("POST", `/containers/${name}/kill`);
    expect((await next).body).toEqual({ StatusCode: 137 });
    const later = call("POST", `/containers/${name}/wait?condition=next-exit`);
    endings.set(name, { exitCode: 3 });
    await call("POST", `/containers/${name}/start`);
    expect((await later).body).toEqual({ StatusCode: 3 });
    await call("DELETE", `/containers/${name}`);
    expect((await gone).body).toEqual({ StatusCode: 3 });
    expect((await call("POST", `/containers/${name}/wait?condition=foo`)).status).toBe(404);
  });

  test("a wait's head comes before anything happens", async () => {
    await create(name);
    await call("POST", `/containers/${name}/start`);
    const answer = await fetch(`${url()}/containers/${name}/wait?condition=next-exit`, {
      method: "POST",
    });
    expect(answer.status).toBe(200);
    await call("POST", `/containers/${name}/kill`);
    expect(await answer.json()).toEqual({ StatusCode: 137 });
  });

  test("is renamed, refused a name that is taken, and known by its new one alone", async () => {
    await create(name);
    const taken = `${name}-taken`;
    await create(taken);
    const refused = await call("POST", `/containers/${name}/rename?name=${taken}`);
    expect(refused.status).toBe(409);
    expect(refused.body["message"]).toMatch(
      /^Error when allocating new name: Conflict. The container name/,
    );
    expect((await call("POST", `/containers/${name}/rename?name=${name}`)).status).toBe(400);
    expect((await call("POST", `/containers/${name}/rename?name=${name}-new`)).status).toBe(204);
    expect((await call("GET", `/containers/${name}-new/json`)).status).toBe(200);
    expect((await call("GET", `/containers/${name}/json`)).status).toBe(404);
    expect((await create(name)).status).toBe(201);
  });
});
