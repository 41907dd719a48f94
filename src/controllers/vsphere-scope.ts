import type { KubeObject } from "../kube/object.ts";
import type { ControllerSpec } from "../reconcile/controller.ts";
import { withScope } from "../vsphere/index.ts";

/**
 * The same controller, whose reconciles' calls to vSphere take turns with those of other groups, and end with the
 * reconcile's signal: at a timeout, and when the process must stop.
 */
export function inVsphereScope<T extends KubeObject>(spec: ControllerSpec<T>): ControllerSpec<T> {
  return {
    ...spec,
    reconcile: (request, context) => {
      const { key, object, namespace = "" } = request;
      const group = spec.group?.(key, object) ?? namespace;
      return withScope({ group, signal: context.signal }, () => spec.reconcile(request, context));
    },
  };
}
