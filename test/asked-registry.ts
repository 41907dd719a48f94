// The lab's registry, as the tests of its client use it.
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { ImageError } from "../src/oci/errors.ts";
import { resolveImage, type ResolvedImage } from "../src/oci/image.ts";
import { parseReference } from "../src/oci/reference.ts";
import type { RegistrySettings } from "../src/oci/settings.ts";
import { type Registry, startRegistry } from "./lab/registry.ts";

/** docker.io at an endpoint. */
export const at = (endpoint: string, more: RegistrySettings = {}): RegistrySettings => ({
  mirrors: [{ registry: "docker.io", endpoint }],
  ...more,
});

/** Loopback may always be insecure; spelt like this it isn't recognised, and certificates count. */
export const strictly = (address: string, more: RegistrySettings = {}): RegistrySettings =>
  at(`https://${address.replace("127.0.0.1", "127.1")}`, more);

/** What a promise is rejected with, which has to be an ImageError. */
export async function imageError(promise: Promise<unknown>): Promise<ImageError> {
  const error: unknown = await promise.then(
    () => new Error("it went well"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ImageError);
  return error as ImageError;
}

/** One registry for the tests of a file, healed after each. */
export class AskedRegistry {
  lab!: Registry;
  readonly #servers: Server[] = [];

  async open(): Promise<void> {
    this.lab = await startRegistry();
  }

  async heal(): Promise<void> {
    for (const server of this.#servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
    await this.lab.heal();
  }

  /** docker.io at this registry, in the clear. */
  plain(more?: RegistrySettings): RegistrySettings {
    return at(`http://${this.lab.http}`, more);
  }

  login(password: string, host = this.lab.http): RegistrySettings {
    return { credentials: { [host]: { username: "ann", password } } };
  }

  resolve(image: string, settings = this.plain(), signal?: AbortSignal): Promise<ResolvedImage> {
    return resolveImage(parseReference(image), settings, signal);
  }

  fault(order: object): Promise<unknown> {
    return this.lab.order("POST", "faults", order);
  }

  /** How often each method and path was asked for. */
  async requests(): Promise<Record<string, number>> {
    const answer = await this.lab.order("GET", "requests");
    return (answer as { requests: Record<string, number> }).requests;
  }

  /** A server of the test's own: for answers that no registry gives, and to see what it is sent. Returns host and port. */
  async serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    this.#servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
}

/** Makes one for the tests of a file. Its images are made from packages where they aren't there yet, which takes minutes. */
export function askRegistry(): AskedRegistry {
  const registry = new AskedRegistry();
  beforeAll(() => registry.open(), 600_000);
  afterEach(() => registry.heal());
  afterAll(() => registry.lab?.stop());
  return registry;
}
