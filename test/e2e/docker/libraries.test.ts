import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import Dockerode from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pythonWith } from "../../python.ts";
import { WholeLab } from "./whole-lab.ts";

const run = promisify(execFile);

/** From PyPI. */
const DOCKER_PY = "7.1.0";

let lab: WholeLab;

beforeAll(async () => {
  lab = await WholeLab.start();
});
afterAll(() => lab?.stop());

test("docker-py runs a life cycle", async () => {
  const script = path.join(import.meta.dirname, "life.py");
  const env = Object.fromEntries(
    Object.entries(lab.docker.environment)
      // With these set, Python's requests forgets the authority that docker-py gives it.
      .filter(([name]) => !/^(REQUESTS|CURL)_CA_BUNDLE$/.test(name)),
  );
  await run(await pythonWith("docker", DOCKER_PY), [script], { env }).catch(
    (error: { stderr?: string }) => {
      throw new Error(error.stderr ?? "docker-py said nothing");
    },
  );
});

async function dockerode(): Promise<Dockerode> {
  const { DOCKER_HOST = "", DOCKER_CERT_PATH = "" } = lab.docker.environment;
  const { hostname, port } = new URL(DOCKER_HOST);
  const pem = (name: string) => readFile(path.join(DOCKER_CERT_PATH, name), "utf8");
  const [ca, cert, key] = await Promise.all(["ca.pem", "cert.pem", "key.pem"].map(pem));
  return new Dockerode({
    protocol: "https",
    host: hostname,
    port,
    ...(ca !== undefined && cert !== undefined && key !== undefined && { ca, cert, key }),
  });
}

test("dockerode runs a life cycle", async () => {
  const docker = await dockerode();
  expect(String(await docker.ping())).toBe("OK");
  await expect(docker.getImage("nosuch").inspect()).rejects.toMatchObject({ statusCode: 404 });
  await new Promise((resolve, reject) => {
    void docker.pull("busybox", (error: Error | null, stream: NodeJS.ReadableStream) => {
      if (error) reject(error);
      else docker.modem.followProgress(stream, (late) => (late ? reject(late) : resolve(true)));
    });
  });

  const output = new PassThrough();
  const [result] = (await docker.run("busybox", ["sh", "-c", "echo hi; exit 4"], output, {
    HostConfig: { AutoRemove: true },
  })) as [{ StatusCode: number }];
  output.end();
  expect({ code: result.StatusCode, output: await text(output) }).toEqual({
    code: 4,
    output: "hi\r\n", // it asks for a terminal where nothing else is said
  });

  const container = await docker.createContainer({
    Image: "busybox",
    name: "dockerode",
    Cmd: ["sh", "-c", "read line; echo said $line; exec sleep 1000"],
    OpenStdin: true,
    Labels: { "made-by": "dockerode" },
  });
  try {
    await expect(
      docker.createContainer({ Image: "busybox", name: "dockerode" }),
    ).rejects.toMatchObject({ statusCode: 409 });
    const attached = await container.attach({
      stream: true,
      hijack: true,
      stdin: true,
      stdout: true,
      stderr: true,
    });
    await container.start();
    attached.write("hello\n");
    const [out, err] = [new PassThrough(), new PassThrough()];
    docker.modem.demuxStream(attached, out, err);
    const [first] = (await new Promise((resolve) => {
      out.once("data", (...data) => resolve(data));
    })) as [Buffer];
    expect(first.toString()).toBe("said hello\n");
    attached.end();

    const exec = await container.exec({
      Cmd: ["sh", "-c", "cat; exit 6"],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ hijack: true, stdin: true });
    const said = new PassThrough();
    docker.modem.demuxStream(stream, said, said);
    stream.once("end", () => said.end());
    stream.end("through and through\n");
    expect(await text(said)).toBe("through and through\n");
    expect(await exec.inspect()).toMatchObject({ Running: false, ExitCode: 6 });

    const listed = await docker.listContainers({ filters: { label: ["made-by=dockerode"] } });
    expect(listed.map(({ Names }) => Names)).toEqual([["/dockerode"]]);
    expect((await container.inspect()).State).toMatchObject({ Status: "running", ExitCode: 0 });
    await container.stop({ t: 1 });
    expect(await container.wait()).toMatchObject({ StatusCode: 137 });
    await expect(container.stop()).rejects.toMatchObject({ statusCode: 304 });
    expect((await container.logs({ stdout: true, stderr: true })).toString()).toContain(
      "said hello\n",
    );
  } finally {
    await container.remove({ force: true });
  }
  await expect(container.inspect()).rejects.toMatchObject({ statusCode: 404 });
});
