import type { ContainerVM } from "../../api/containervm.gen.ts";
import { idOfContainer } from "../../api/identity.ts";
import { parseDatastorePath, vmPaths } from "../../api/naming.ts";
import type { VirtualContainerHost } from "../../api/virtualcontainerhost.gen.ts";
import type { VSphereServer } from "../../api/vsphereserver.gen.ts";
import type { Informer } from "../../kube/informer.ts";
import { refKey } from "../../kube/object.ts";
import type { FileLocation } from "../../vsphere/index.ts";
import { ConsoleError } from "../client/console-client.ts";

/** The resources that tell where logs are. */
export interface LogSources {
  readonly hosts: Informer<VirtualContainerHost>;
  readonly servers: Informer<VSphereServer>;
}

export interface LogPlace {
  readonly server: VSphereServer;
  readonly where: FileLocation;
}

/** Where a container's log is. @throws ConsoleError where resources don't tell */
export function logPlace({ hosts, servers }: LogSources, container: ContainerVM): LogPlace {
  const { namespace } = container.metadata;
  const host = hosts.store.get(refKey({ namespace, name: container.spec.hostRef.name }));
  if (!host) throw missing(`VirtualContainerHost ${namespace}/${container.spec.hostRef.name}`);
  const { serverRef, imageStore } = host.spec;
  const serverKey = refKey({
    namespace: serverRef.namespace ?? host.metadata.namespace,
    name: serverRef.name,
  });
  const server = servers.store.get(serverKey);
  if (!server) throw missing(`VSphereServer ${serverKey}`);
  const datacenter = server.status?.datacenter ?? server.spec.datacenter;
  if (datacenter === undefined) throw missing(`the datacenter of VSphereServer ${serverKey}`);
  const id = idOfContainer(container);
  const config = container.status?.vsphere?.path ?? vmPaths(imageStore.datastore, id).config;
  const file = parseDatastorePath(config);
  if (!file) throw missing(`the datastore path of container ${id}`);
  const directory = file.path.slice(0, Math.max(0, file.path.lastIndexOf("/") + 1));
  return {
    server,
    where: { datacenter, datastore: file.datastore, path: `${directory}${id}.log` },
  };
}

const missing = (what: string): ConsoleError =>
  new ConsoleError(503, "LogUnavailable", `The log can't be read: ${what} isn't known`);
