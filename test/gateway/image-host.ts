// A host with images, for tests of what the gateway does with them: a real registry and API server, and the operator's part in images.
import { afterAll, afterEach, beforeAll } from "vitest";
import type { ContainerImage } from "../../src/api/containerimage.gen.ts";
import { KINDS } from "../../src/api/kinds.ts";
import { type AskedRegistry, askRegistry } from "../asked-registry.ts";
import { ImageOperator } from "./docker-images.ts";
import { eventually } from "../eventually.ts";
import { LocalConsole } from "../consoles/local-console.ts";
import { DockerHosts, runGateway, type RunningGateway } from "./running-gateway.ts";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export class ImageHost {
  readonly console = new LocalConsole();
  readonly registry: AskedRegistry;
  gateway!: RunningGateway;
  hosts!: DockerHosts;
  operator!: ImageOperator;
  dockerHost!: string;

  constructor(registry: AskedRegistry) {
    this.registry = registry;
  }

  /** Repository of busybox, as clients write it. */
  get busybox(): string {
    return `${this.registry.lab.http}/library/busybox`;
  }

  get url(): string {
    return `${this.dockerHost.replace("tcp:", "http:")}/v1.51`;
  }

  async open(): Promise<void> {
    this.gateway = await runGateway(this.console);
    this.hosts = await DockerHosts.create();
    this.operator = new ImageOperator(this.gateway, this.hosts.user, this.hosts.namespace);
    this.dockerHost = await this.hosts.addPlain(this.gateway, "images");
  }

  /** Removes all images. */
  async empty(): Promise<void> {
    const { user, namespace } = this.hosts;
    this.operator.held = undefined;
    this.operator.failing = undefined;
    for (const { metadata } of await this.resources())
      await user.delete(KINDS.ContainerImage, metadata);
    const { store } = this.gateway.informers.of(KINDS.ContainerImage);
    await eventually(() => {
      if (store.list(namespace).length > 0) throw new Error("there are images yet");
    });
  }

  async close(): Promise<void> {
    this.operator.close();
    await this.hosts.end();
    await this.gateway.close();
  }

  async call(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await fetch(`${this.url}${path}`, { method, headers });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** The lines of a pull that begins. */
  async pull(
    fromImage: string,
    tag = "latest",
    headers: Record<string, string> = {},
  ): Promise<Record<string, unknown>[]> {
    const query = new URLSearchParams({ fromImage, tag }).toString();
    const answer = await fetch(`${this.url}/images/create?${query}`, { method: "POST", headers });
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    const lines = (await answer.text()).trim().split("\r\n");
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async resources(): Promise<readonly ContainerImage[]> {
    const { user, namespace } = this.hosts;
    return (await user.list(KINDS.ContainerImage, { namespace })).items;
  }

  /** As `docker images` gets them. */
  async images(): Promise<
    { readonly Id: string; readonly RepoTags: string[]; readonly RepoDigests: string[] }[]
  > {
    return (await this.call("GET", "/images/json")).body as Awaited<
      ReturnType<ImageHost["images"]>
    >;
  }
}

/** Makes one for the tests of a file; each begins without images. */
export function imageHost(): ImageHost {
  const host = new ImageHost(askRegistry());
  beforeAll(() => host.open());
  afterEach(() => host.empty());
  afterAll(() => host.close());
  return host;
}
