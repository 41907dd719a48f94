import type { ContainerImageStatusConfig } from "../../api/containerimage.gen.ts";
import type { Handler } from "../route.ts";
import { demandImage, layersOf } from "./docker-image.ts";
import { sizeOf } from "./list.ts";

/** `GET /images/{name}/json`. */
export const inspectImage: Handler = async (request, response, tenant) => {
  const image = demandImage(tenant, request.params["name"] ?? "");
  const [newest] = image.resources;
  const config = newest?.status?.config ?? {};
  response.json(200, {
    Id: image.id,
    RepoTags: image.tags,
    RepoDigests: image.digests,
    Parent: "",
    Comment: "",
    ...(config.created === undefined ? {} : { Created: config.created }),
    ...(request.minor < 45 ? { Container: "", ContainerConfig: dockerConfig(config, true) } : {}),
    DockerVersion: "",
    Author: "",
    Config: dockerConfig(config, request.minor < 50),
    Architecture: config.architecture ?? "amd64",
    Os: config.os ?? "linux",
    Size: sizeOf(image),
    ...(request.minor < 44 ? { VirtualSize: sizeOf(image) } : {}),
    GraphDriver: { Data: null, Name: "vmdk" },
    RootFS: { Type: "layers", Layers: layersOf(image).map(({ diffId }) => diffId) },
    Metadata: { LastTagTime: newest?.metadata.creationTimestamp },
  });
};

/** What the image says about running it. Before API 1.50 the fields of a container were there too, without meaning. */
function dockerConfig(config: ContainerImageStatusConfig, whole: boolean): object {
  const ofContainers = {
    Hostname: "",
    Domainname: "",
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    OpenStdin: false,
    StdinOnce: false,
    Image: "",
  };
  return {
    ...(whole ? ofContainers : {}),
    ...(config.exposedPorts?.length ? { ExposedPorts: asSet(config.exposedPorts) } : {}),
    ...(config.stopSignal && config.stopSignal !== "SIGTERM"
      ? { StopSignal: config.stopSignal }
      : {}),
    Cmd: listOf(config.cmd),
    Entrypoint: listOf(config.entrypoint),
    Env: listOf(config.env),
    Labels: Object.keys(config.labels ?? {}).length > 0 ? config.labels : null,
    OnBuild: null,
    User: config.user ?? "",
    Volumes: config.volumes?.length ? asSet(config.volumes) : null,
    WorkingDir: config.workingDir === "/" ? "" : (config.workingDir ?? ""),
  };
}

/** Go's nil where there is nothing. */
const listOf = (values: readonly string[] | undefined): readonly string[] | null =>
  values === undefined || values.length === 0 ? null : values;

const asSet = (values: readonly string[]): object =>
  Object.fromEntries(values.map((value) => [value, {}]));
