// What docs/out-of-band.md says of each act is tried by a test, whose name stands here.
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { documents, root } from "./documents.ts";

const folder = "test/e2e/controllers";
const tried: Readonly<Record<string, readonly [file: string, name: string]>> = {
  "Power Off of a container's VM": ["behind-our-back", "a power-off is told as such"],
  "Shut Down Guest, Power On": ["behind-our-back", "Shut Down Guest delivers the stop signal"],
  "Suspend, of a VM or the vApp": ["acts-places", "suspends containers: they pause"],
  "Power off, power on of the vApp": ["acts-places", "powers the vApp off and on"],
  "Take a snapshot": ["acts", "takes snapshots: the container runs on"],
  "Revert to a snapshot": ["acts", "reverts to a snapshot: the container is off"],
  Clone: ["acts", "clones a container: the clone is a stranger"],
  "Storage vMotion": ["acts", "moves its files to another datastore"],
  "Convert to template": ["acts", "makes a template of one: it is gone until"],
  "Move out of the vApp": ["acts", "moves a container's VM out of the vApp"],
  "Rename of a container's VM": ["behind-our-back", "a rename is accepted"],
  "Rename of vApp, folder, port group": ["acts-places", "renames everything"],
  "Rename of cluster, datastore": ["acts-places", "renames cluster or datastore"],
  "Remove from Inventory": ["behind-our-back", "a VM that is unregistered, and registered again"],
  "Delete from Disk of a container": ["acts-keeper", "the last container of an image"],
  "Delete from Disk of a keeper": ["acts-keeper", "a keeper that is deleted from disk"],
  "Move a keeper, or a worker, out of the vApp": [
    "acts-keeper",
    "a keeper that is moved out of the vApp",
  ],
  "Delete an image's disk": ["behind-our-back", "an image's disk that is deleted is made again"],
  "Delete vApp, folder, port group": ["behind-our-back", "a vApp that is deleted is made again"],
  "Put a VM of your own into the vApp": ["deletion", "a stranger's VM in the vApp survives"],
  "Set limits, shares, reservations of the vApp": ["behind-our-back", "limits that the spec names"],
  "Change notes, memory, CPU, keys of a VM": ["acts", "changes a container's VM: notes"],
  "Set custom attributes, alarms, tags": ["acts", "sets attributes, alarms and tags: what they"],
  "Change the port group's VLAN": ["acts-places", "changes the VLAN of the bridge's port group"],
  "Host into maintenance": ["acts-places", "puts a host into maintenance"],
  "Disconnect a host": ["acts-places", "disconnects a host"],
  "Unmount a datastore": ["acts-places", "unmounts a datastore"],
};

const { text } = documents.find((document) => document.path === "docs/out-of-band.md")!;
const acts = [...text.matchAll(/^\| (?!act \|)([^|]+?) \|/gm)].map(([, act = ""]) => act);

test("each act of docs/out-of-band.md has its test, and each test its act", () => {
  expect(acts.toSorted()).toEqual(Object.keys(tried).toSorted());
});

test.each(Object.entries(tried))("%s is tried by a test that exists", (_act, [file, name]) => {
  const source = readFileSync(path.join(root, folder, `${file}.test.ts`), "utf8");
  expect(source).toContain(`test("${name}`);
});
