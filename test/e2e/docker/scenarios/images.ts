import { quietly, type Scenario, step, tidy } from "../scenario.ts";

/** Images: brought, named, looked at, taken away. */
export const imageScenarios: readonly Scenario[] = [
  {
    name: "pull",
    steps: [
      step("pull busybox"),
      step("pull -q busybox:latest"),
      step("pull docker.io/library/busybox:latest"),
      step("pull $REGISTRY/library/nosuch"),
      step("pull $REGISTRY/library/busybox:nosuchtag"),
      step("pull -q $REGISTRY/library/layers"),
      step("rmi $REGISTRY/library/layers", {
        gateway: {
          reason:
            "an image is one object, whose layers' disks go when no image needs them: no list of layers",
          stdout:
            "Untagged: $REGISTRY/library/layers:latest\nUntagged: $REGISTRY/library/layers@sha256:<id>\nDeleted: sha256:<id>\n",
        },
      }),
      step("pull Not/Valid"),
      step("run --rm $REGISTRY/library/nosuch"),
      step("run --rm --pull never nosuchimage"),
      step("create --pull missing --name pulled library/busybox"),
      step("inspect -f '{{.Config.Image}}' pulled"),
      tidy("pulled"),
    ],
  },
  {
    name: "tags",
    steps: [
      step("tag busybox other:1"),
      step("tag busybox registry.example.org:5000/team/other:2"),
      step("tag nosuch other:1"),
      step("tag busybox UPPER"),
      step("images --format '{{.Repository}}:{{.Tag}} {{.ID}}'", { unordered: true }),
      step("images other --format '{{.Repository}}:{{.Tag}}'"),
      step("images --filter reference=other:* --format '{{.Repository}}:{{.Tag}}'"),
      step("image inspect -f '{{.RepoTags}}' nosuch"),
      step("run --rm other:1 echo tagged"),
      quietly("create --name uses other:1"),
      step("rmi other:1"),
      step("rmi registry.example.org:5000/team/other:2"),
      tidy("uses"),
      step("rmi other:1", { unordered: true }),
      step("rmi other:1"),
      step("rmi nosuch"),
      step("image prune -f"),
    ],
  },
  {
    name: "inspected",
    steps: [
      step(
        "image inspect -f '{{.Os}}/{{.Architecture}} {{.Config.Cmd}} {{.Config.Env}} {{.RepoTags}}' busybox",
      ),
      step("image inspect -f '{{.RepoDigests}}' busybox"),
      step("image inspect -f '{{.RootFS.Type}} {{len .RootFS.Layers}}' busybox"),
      step("image inspect -f '{{.Id}}' busybox"),
      step("image inspect nosuch"),
      step("history nosuch"),
    ],
  },
];
