import { formatVersion, MAX_MINOR, MIN_MINOR } from "../http/api-version.ts";
import type { Handler } from "../route.ts";

/** What the product calls itself in `docker version` and `docker info`. */
export const productName = "vic-operator";

const fixed = {
  ApiVersion: formatVersion(MAX_MINOR),
  MinAPIVersion: formatVersion(MIN_MINOR),
  GitCommit: "",
  // Clients print it; what isn't written in Go says in what it is written.
  GoVersion: `node ${process.versions.node}`,
  Os: "linux",
  Arch: "amd64",
  KernelVersion: "",
  BuildTime: "",
};

/** @param product its version */
export const version =
  (product: string): Handler =>
  async (_, response, tenant) => {
    const { metadata } = tenant.host();
    const { ApiVersion, MinAPIVersion, Os, Arch, GoVersion } = fixed;
    response.json(200, {
      Platform: { Name: productName },
      Components: [
        {
          Name: "Engine",
          Version: product,
          Details: { ApiVersion, MinAPIVersion, Os, Arch, GoVersion, Experimental: "false" },
        },
        {
          Name: "VirtualContainerHost",
          Version: metadata.resourceVersion,
          Details: { Namespace: metadata.namespace, Name: metadata.name },
        },
      ],
      Version: product,
      ...fixed,
    });
  };
