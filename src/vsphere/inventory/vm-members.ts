/** Which VMs are in a view, a vApp or a pool, as the server is asked. */
import type { MoRef } from "../wsdl/moref.ts";
import type { Login } from "../session/session.ts";
import { type CallInEpoch, OBJECTS_PER_PAGE } from "../wait/wait-loop.ts";
import type { AnySelectionSpec, ObjectUpdate, PropertyFilterSpec } from "../wsdl/vim.gen.ts";

const traverse = (
  type: string,
  path: string,
  selectSet?: AnySelectionSpec[],
): AnySelectionSpec => ({
  _typeName: "TraversalSpec",
  type,
  path,
  skip: false,
  ...(selectSet ? { selectSet } : {}),
});

/** The VMs of a view; of a vApp or pool, and of those in it. */
const MEMBERS: AnySelectionSpec[] = [
  traverse("ContainerView", "view"),
  traverse("ResourcePool", "vm"),
  {
    _typeName: "TraversalSpec",
    name: "pools",
    type: "ResourcePool",
    path: "resourcePool",
    skip: true,
    selectSet: [{ _typeName: "SelectionSpec", name: "pools" }, traverse("ResourcePool", "vm")],
  },
];

/** Whether its VMs can be found without a view of it. */
export const isPool = ({ type }: MoRef): boolean =>
  type === "VirtualApp" || type === "ResourcePool";

/** A filter on the VMs of all that stands in a ListView. */
export const membersOfList = (list: MoRef, paths: string[]): PropertyFilterSpec => ({
  propSet: [{ type: "VirtualMachine", pathSet: paths }],
  objectSet: [{ obj: list, skip: true, selectSet: [traverse("ListView", "view", MEMBERS)] }],
});

/** Reads the VMs of a view, vApp or pool once, as if the wait had told of them; page by page, since a page is many times what is kept of it. */
export async function* readMembers(
  call: CallInEpoch,
  { content }: Login,
  view: MoRef,
  paths: string[],
): AsyncGenerator<ObjectUpdate[]> {
  const propSet = [{ type: "VirtualMachine", pathSet: paths }];
  const objectSet = [{ obj: view, skip: true, selectSet: MEMBERS }];
  let page = await call("RetrievePropertiesEx", content.propertyCollector, {
    specSet: [{ propSet, objectSet }],
    options: { maxObjects: OBJECTS_PER_PAGE },
  });
  while (page) {
    yield page.objects.map(({ obj, propSet: props = [] }) => ({
      kind: "enter",
      obj,
      changeSet: props.map(({ name, val }) => ({ name, op: "assign", val })),
    }));
    const { token } = page;
    if (!token) return;
    page = await call("ContinueRetrievePropertiesEx", content.propertyCollector, { token });
  }
}
