import { expect, test } from "vitest";
import { stepEvent } from "./step-events.ts";

const me = {
  names: {
    folder: "team-a.host",
    container: "team-a.host",
    portGroup: "team-a.host-bridge",
    unmarked: "vic-1",
    own: "team-a.host-1",
    ownPortGroup: "team-a.host-bridge-1",
  },
  store: { datastore: "ssd-1", path: "team-a" },
  root: { datastore: "ssd-1", path: "team-a/VIC" },
};

test("what the status knew of is made again, what it didn't is made", () => {
  const step = { do: "createPortGroup", name: "team-a.host-bridge", vlan: 7 } as const;
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
  const pool = { do: "createPool", cpu: {}, memory: {} } as const;
  expect(stepEvent({ ...pool, name: "vic-1" }, me, undefined)).toBeUndefined();
  expect(stepEvent({ ...pool, name: "team-a.host-1" }, me, undefined)).toMatchObject({
    note: 'Made resource pool "team-a.host-1"',
  });
});
