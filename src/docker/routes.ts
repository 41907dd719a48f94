import { login } from "./auth/login.ts";
import { events } from "./events/events.ts";
import { imageHistory } from "./images/history.ts";
import { inspectImage } from "./images/inspect.ts";
import { listImages } from "./images/list.ts";
import { pruneImages } from "./images/prune.ts";
import { pullImage } from "./images/pull/pull.ts";
import { deleteImage } from "./images/remove.ts";
import { tagImage } from "./images/tag.ts";
import { attach } from "./attach/attach.ts";
import { resize } from "./attach/resize.ts";
import { create } from "./containers/create.ts";
import { inspect } from "./containers/inspect.ts";
import { kill } from "./containers/kill.ts";
import { list } from "./containers/listing/list.ts";
import { prune } from "./containers/prune.ts";
import { remove } from "./containers/remove.ts";
import { rename } from "./containers/rename.ts";
import { restart } from "./containers/restart.ts";
import { start } from "./containers/start.ts";
import { stop } from "./containers/stop.ts";
import { update } from "./containers/update.ts";
import { wait } from "./containers/wait.ts";
import { inspectNetwork, listNetworks, pruneNetworks } from "./networks/handlers.ts";
import { listPlugins, noSuchPlugin, pruneBuilds } from "./system/nothing.ts";
import { listVolumes, noSuchVolume, pruneVolumes } from "./volumes/handlers.ts";
import { createExec } from "./exec/create.ts";
import { inspectExec } from "./exec/inspect.ts";
import { resizeExec } from "./exec/resize.ts";
import { startExec } from "./exec/start.ts";
import { logs } from "./logs/logs.ts";
import { refuse, route, swarm, type Route } from "./route.ts";
import { info } from "./system/info.ts";
import { stats } from "./stats/stats.ts";
import { ping } from "./system/ping.ts";
import { version } from "./system/version.ts";
import { top } from "./top/top.ts";

const noCopying =
  "files of containers can't be copied or compared yet: docker exec -i with tar copies, as long as the container runs";
const noBuild =
  "images aren't built here: build and push them elsewhere, for example with docker buildx or in CI, and pull them";
const noPlugins = "containers are VMs: there are no plugins";
const networksDeclared =
  "networks are declared by the platform team in the VirtualContainerHost; there are bridge and none";
const noVolumes = "there are no volumes yet";
const noSave = "images aren't kept as archives here: get them from their registry";
const noLoad = "images can't be loaded here: push them to a registry, and pull them from there";
const noPush = "nothing is pushed from here: the registry that the image came from has it";
const noCheckpoints = "containers are VMs: there are no checkpoints";

/**
 * All routes of the Docker Engine API up to 1.51, in the order in which they are tried.
 *
 * @param product its version, as clients are told
 */
export const routesOf = (product: string): readonly Route[] => [
  route("GET", "/_ping", ping),
  route("HEAD", "/_ping", ping),
  route("GET", "/version", version(product)),
  route("GET", "/info", info(product)),
  route("GET", "/events", events),
  refuse(
    "GET",
    "/system/df",
    "disk usage isn't told yet: the platform team sees it in the datastore",
  ),
  route("POST", "/auth", login),

  // Containers
  route("GET", "/containers/json", list),
  route("GET", "/containers/{name:.*}/json", inspect),
  route("POST", "/containers/create", create),
  route("POST", "/containers/prune", prune, 25),
  route("POST", "/containers/{name:.*}/start", start),
  route("POST", "/containers/{name:.*}/stop", stop),
  route("POST", "/containers/{name:.*}/restart", restart),
  route("POST", "/containers/{name:.*}/kill", kill),
  route("POST", "/containers/{name:.*}/wait", wait),
  route("POST", "/containers/{name:.*}/rename", rename),
  route("POST", "/containers/{name:.*}/update", update),
  route("GET", "/containers/{name:.*}/top", top),
  route("GET", "/containers/{name:.*}/logs", logs),
  route("GET", "/containers/{name:.*}/stats", stats),
  refuse(
    "GET",
    "/containers/{name:.*}/attach/ws",
    "attach over WebSocket isn't there: use POST attach",
  ),
  route("POST", "/containers/{name:.*}/attach", attach),
  route("POST", "/containers/{name:.*}/resize", resize),
  route("POST", "/containers/{name:.*}/exec", createExec),
  route("POST", "/exec/{id:.*}/start", startExec),
  route("POST", "/exec/{id:.*}/resize", resizeExec),
  route("GET", "/exec/{id:.*}/json", inspectExec),
  refuse("HEAD", "/containers/{name:.*}/archive", noCopying),
  refuse("GET", "/containers/{name:.*}/archive", noCopying),
  refuse("PUT", "/containers/{name:.*}/archive", noCopying),
  refuse("GET", "/containers/{name:.*}/changes", noCopying),
  refuse("GET", "/containers/{name:.*}/export", noCopying),
  refuse(
    "POST",
    "/containers/{name:.*}/pause",
    "a VM can't be paused as processes are: suspending it loses its connections",
  ),
  refuse(
    "POST",
    "/containers/{name:.*}/unpause",
    "a VM can't be paused as processes are: suspending it loses its connections",
  ),
  refuse("GET", "/containers/{name:.*}/checkpoints", noCheckpoints, 25),
  refuse("POST", "/containers/{name:.*}/checkpoints", noCheckpoints, 25),
  refuse("DELETE", "/containers/{name:.*}/checkpoints/{checkpoint}", noCheckpoints, 25),

  route("DELETE", "/containers/{name:.*}", remove),

  // Images
  route("GET", "/images/json", listImages),
  refuse("GET", "/images/search", "search on the registry's own site"),
  refuse("GET", "/images/get", noSave),
  refuse("GET", "/images/{name:.*}/get", noSave),
  route("GET", "/images/{name:.*}/history", imageHistory),
  route("GET", "/images/{name:.*}/json", inspectImage),
  refuse("POST", "/images/load", noLoad),
  route("POST", "/images/create", pullImage),
  refuse("POST", "/images/{name:.*}/push", noPush),
  route("POST", "/images/{name:.*}/tag", tagImage),
  route("POST", "/images/prune", pruneImages, 25),
  route("DELETE", "/images/{name:.*}", deleteImage),
  refuse("POST", "/commit", noBuild),
  refuse(
    "GET",
    "/distribution/{name:.*}/json",
    "ask the registry itself, for example with docker buildx imagetools inspect",
    30,
  ),

  // Build
  refuse("POST", "/build", noBuild),
  route("POST", "/build/prune", pruneBuilds, 31),
  refuse("POST", "/build/cancel", noBuild, 39),
  refuse("POST", "/session", noBuild, 39),
  refuse("POST", "/grpc", noBuild, 39),

  // Networks and volumes
  route("GET", "/networks", listNetworks),
  route("GET", "/networks/{id:.*}", inspectNetwork),
  route("POST", "/networks/prune", pruneNetworks, 25),
  refuse("POST", "/networks/create", networksDeclared),
  refuse("POST", "/networks/{id:.*}/connect", networksDeclared),
  refuse("POST", "/networks/{id:.*}/disconnect", networksDeclared),
  refuse("DELETE", "/networks/{id:.*}", networksDeclared),
  route("GET", "/volumes", listVolumes),
  route("GET", "/volumes/{name:.*}", noSuchVolume),
  route("POST", "/volumes/prune", pruneVolumes, 25),
  refuse("POST", "/volumes/create", noVolumes),
  swarm("PUT", "/volumes/{name:.*}", 42),
  route("DELETE", "/volumes/{name:.*}", noSuchVolume),

  // Plugins
  route("GET", "/plugins", listPlugins, 25),
  refuse("POST", "/plugins/{name:.*}/enable", noPlugins, 25),
  refuse("POST", "/plugins/{name:.*}/disable", noPlugins, 25),
  refuse("POST", "/plugins/{name:.*}/push", noPlugins, 25),
  refuse("POST", "/plugins/{name:.*}/upgrade", noPlugins, 26),
  refuse("POST", "/plugins/{name:.*}/set", noPlugins, 25),
  refuse("POST", "/plugins/pull", noPlugins, 25),
  refuse("POST", "/plugins/create", noPlugins, 25),
  refuse("GET", "/plugins/privileges", noPlugins, 25),
  route("GET", "/plugins/{name:.*}/json", noSuchPlugin, 25),
  refuse("DELETE", "/plugins/{name:.*}", noPlugins, 25),

  // Swarm
  refuse(
    "POST",
    "/swarm/init",
    "there is no swarm mode: VirtualContainerHosts are declared in Kubernetes",
  ),
  refuse(
    "POST",
    "/swarm/join",
    "there is no swarm mode: VirtualContainerHosts are declared in Kubernetes",
  ),
  swarm("POST", "/swarm/leave"),
  swarm("GET", "/swarm"),
  swarm("GET", "/swarm/unlockkey"),
  swarm("POST", "/swarm/update"),
  swarm("POST", "/swarm/unlock"),
  swarm("GET", "/services"),
  swarm("POST", "/services/create"),
  swarm("GET", "/services/{id}/logs", 29),
  swarm("POST", "/services/{id}/update"),
  swarm("GET", "/services/{id}"),
  swarm("DELETE", "/services/{id}"),
  swarm("GET", "/nodes"),
  swarm("POST", "/nodes/{id}/update"),
  swarm("GET", "/nodes/{id}"),
  swarm("DELETE", "/nodes/{id}"),
  swarm("GET", "/tasks"),
  swarm("GET", "/tasks/{id}/logs", 29),
  swarm("GET", "/tasks/{id}"),
  swarm("GET", "/secrets", 25),
  swarm("POST", "/secrets/create", 25),
  swarm("POST", "/secrets/{id}/update", 25),
  swarm("GET", "/secrets/{id}", 25),
  swarm("DELETE", "/secrets/{id}", 25),
  swarm("GET", "/configs", 30),
  swarm("POST", "/configs/create", 30),
  swarm("POST", "/configs/{id}/update", 30),
  swarm("GET", "/configs/{id}", 30),
  swarm("DELETE", "/configs/{id}", 30),
];
