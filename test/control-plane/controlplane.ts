// A real control plane, with our kinds installed, for the tests of one vitest run: `inject("kubeconfig")` in a test says
// where it is. A test that kills or breaks one starts its own (test/lab/control-plane.ts).
import type { TestProject } from "vitest/node";
import { installCrds } from "./install-crds.ts";
import { startControlPlane } from "../lab/control-plane.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Path of the administrator's kubeconfig. */
    kubeconfig: string;
    /** Paths of the kubeconfigs of vic-operator, vic-console, vic-gateway (service accounts) and tenant. */
    kubeconfigs: Readonly<Record<string, string>>;
  }
}

/** vitest's global setup; the function it returns is the teardown. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const plane = await startControlPlane();
  await installCrds(plane.kubeconfig);
  project.provide("kubeconfig", plane.kubeconfig);
  project.provide("kubeconfigs", plane.kubeconfigs);
  return () => plane.stop();
}
