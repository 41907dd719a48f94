import { expect, test } from "vitest";
import { stepEvent } from "./step-events.ts";

const me = {
  names: { inventory: "team-a.host", unmarkedFolder: "vic-1", portGroup: "team-a.host-bridge" },
  store: { datastore: "ssd-1", path: "team-a" },
  root: { datastore: "ssd-1", path: "team-a/VIC" },
};

test("what the status knew of is made again, what it didn't is made", () => {
  const step = { do: "createPortGroup", vlan: 7 } as const;
  expect(stepEvent(step, me, undefined)).toMatchObject({
    reason: "Created",
    note: 'Made port group "team-a.host-bridge"',
  });
  const known = {
    portGroup: { name: "team-a.host-bridge", moRef: "DistributedVirtualPortgroup:1" },
  };
  expect(stepEvent(step, me, known)).toMatchObject({
    reason: "Repaired",
    note: 'Made port group "team-a.host-bridge" again',
  });
});

test("half a step is no event", () => {
  expect(stepEvent({ do: "createFolder" }, me, undefined)).toBeUndefined();
});
