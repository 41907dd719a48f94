import { CONDITIONS } from "../../api/conditions.ts";
import { readLogin } from "../../api/vsphere-login.ts";
import type { VSphereServer } from "../../api/vsphereserver.gen.ts";
import { keyOf, refKey } from "../../kube/object.ts";
import type { ConditionInput } from "../../reconcile/conditions.ts";
import { awaitChange, type Outcome, requeueAfter } from "../../reconcile/outcome.ts";
import {
  findDatacenter,
  readCapabilities,
  type VSphere,
  VSphereError,
} from "../../vsphere/index.ts";
import { explainVSphere } from "../failures/vsphere-failure.ts";
import { serverKeyOf } from "../servers/server-key.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import { connectionConditions, loginProblemConditions, retryDelayMs } from "./plan.ts";
import { namedObjects } from "./privileges.ts";
import { type Context, knownStatus, release, type Scope, type Status, tell } from "./scope.ts";

/** After so long what only a person can change is looked at again, milliseconds. */
const RETRY_MS = 60_000;

/**
 * Connects, looks around, and tells.
 *
 * @param over what Ready says whatever the connection does
 */
export async function ensureConnected(
  scope: Scope,
  object: VSphereServer,
  context: Context,
  over?: ConditionInput,
): Promise<Outcome> {
  const key = keyOf(object);
  const { namespace } = object.metadata;
  const secret = refKey({ namespace, name: object.spec.credentialsSecretRef.name });
  const login = readLogin(object.spec, scope.secrets.get(secret)?.data);
  if ("reason" in login) {
    await release(scope, key);
    const conditions = loginProblemConditions(login);
    await tell(object, context, knownStatus(object), conditions, over, "stuck");
    return awaitChange();
  }
  try {
    const vsphere = await scope.connections.ensure(key, login, context.signal);
    if (vsphere.state.error) throw vsphere.state.error;
    scope.failures.delete(key);
    const { status, conditions } = await lookAround(scope, object, vsphere);
    const isDone = conditions.every(isFulfilled);
    const privileged = isDone ? await privilegedOf(scope, key, status) : undefined;
    const all = [...conditions, ...(privileged ? [privileged] : [])];
    await tell(object, context, status, all, over, isDone ? "done" : "stuck");
    return isDone && privileged?.status !== "False" ? awaitChange() : requeueAfter(RETRY_MS);
  } catch (error) {
    if (!(error instanceof VSphereError)) throw error;
    return failed(scope, object, context, over, error);
  }
}

async function failed(
  { deps, failures }: Scope,
  object: VSphereServer,
  context: Context,
  over: ConditionInput | undefined,
  error: VSphereError,
): Promise<Outcome> {
  const key = keyOf(object);
  const count = (failures.get(key) ?? 0) + 1;
  failures.set(key, count);
  deps.servers.changed(key);
  const conditions = connectionConditions(error, "");
  const refused = conditions.some(
    ({ type, status }) => type === CONDITIONS.Authenticated && status === "False",
  );
  const progress = refused ? "stuck" : "working";
  await tell(object, context, knownStatus(object), conditions, over, progress);
  return requeueAfter(retryDelayMs(error, count));
}

/** What a connected server is, and that other controllers may use it, or why they can't. */
async function lookAround(
  { deps: { servers } }: Scope,
  object: VSphereServer,
  vsphere: VSphere,
): Promise<{ readonly status: Status; readonly conditions: readonly ConditionInput[] }> {
  const key = keyOf(object);
  const { about } = vsphere;
  const status: Status = {
    version: about.version,
    build: about.build,
    apiType: about.apiType,
    ...(about.instanceUuid === undefined ? {} : { instanceUuid: about.instanceUuid }),
  };
  const conditions = connectionConditions(undefined, about.name);
  try {
    const pooled = servers.get(key);
    const wanted = object.spec.datacenter;
    const isSame = pooled?.vsphere === vsphere && pooled.wanted === wanted;
    const server = isSame ? pooled : await lookUp(key, vsphere, wanted);
    status.datacenter = server.datacenter.path;
    status.capabilities = server.capabilities;
    if (!isSame) servers.put(server);
  } catch (error) {
    const explanation = explainVSphere(error);
    if (!explanation || !vsphere.state.connected) throw error;
    conditions.push({ type: CONDITIONS.Ready, status: "False", ...explanation });
    servers.remove(key);
  }
  return { status, conditions };
}

/** Finds out, once for each connection, where in a server we are and what it can do. */
async function lookUp(
  key: string,
  vsphere: VSphere,
  wanted: string | undefined,
): Promise<PooledServer> {
  const datacenter = await findDatacenter(vsphere, wanted);
  return {
    key,
    vsphere,
    wanted,
    datacenter,
    capabilities: await readCapabilities(vsphere, datacenter),
  };
}

/** What a vCenter's account may do with what is named; only where the privileges are those of vApps. */
async function privilegedOf(
  { deps, containerHosts, volumeStores, privileges }: Scope,
  key: string,
  { capabilities }: Status,
): Promise<ConditionInput | undefined> {
  const server = deps.servers.get(key);
  if (!server || !capabilities?.vApps) return undefined;
  const ofServer = (each: Parameters<typeof serverKeyOf>[0]): boolean => serverKeyOf(each) === key;
  const named = namedObjects(
    containerHosts.list().filter(ofServer),
    volumeStores.list().filter(ofServer),
  );
  return privileges.condition(key, server.vsphere, server.datacenter, named);
}

const isFulfilled = ({ status }: ConditionInput): boolean => status === "True";
