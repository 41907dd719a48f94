import { CONDITIONS, REASONS } from "../../api/conditions.ts";
import { KINDS } from "../../api/kinds.ts";
import { FINALIZER } from "../../api/metadata.ts";
import { readLogin } from "../../api/vsphere-login.ts";
import type { VSphereServer } from "../../api/vsphereserver.gen.ts";
import { secretKind } from "../../kube/core-kinds.ts";
import { keyOf, refKey } from "../../kube/object.ts";
import { type ConditionInput, summariseReady } from "../../reconcile/conditions.ts";
import {
  type ControllerSpec,
  type Enqueue,
  type ReconcileContext,
  watching,
} from "../../reconcile/controller.ts";
import { awaitChange, type Outcome, requeueAfter } from "../../reconcile/outcome.ts";
import {
  findDatacenter,
  readCapabilities,
  type VSphere,
  VSphereError,
} from "../../vsphere/index.ts";
import type { Dependencies } from "../dependencies.ts";
import { explainVSphere } from "../failures/vsphere-failure.ts";
import { report } from "../reporting/report.ts";
import { serverKeyOf } from "../servers/server-key.ts";
import type { PooledServer } from "../servers/server-pool.ts";
import { Connections } from "./connections.ts";
import { connectionConditions, loginProblemConditions, retryDelayMs } from "./plan.ts";
import { namedObjects, PrivilegeChecks } from "./privileges.ts";
import { planSecrets, setInUse } from "./secret-in-use.ts";

type Context = ReconcileContext<VSphereServer>;
type Status = NonNullable<VSphereServer["status"]>;

/** Keeps a connection to each VSphereServer, and says how it is. */
export function vsphereServerController(deps: Dependencies): ControllerSpec<VSphereServer> {
  const { informers, servers } = deps;
  const vsphereServers = informers.of(KINDS.VSphereServer);
  const secrets = informers.of(secretKind);
  const containerHosts = informers.of(KINDS.VirtualContainerHost);
  const volumeStores = informers.of(KINDS.VolumeStore);
  let queue: Enqueue | undefined;
  const connections = new Connections(deps.connect, deps.log, (key) => {
    servers.changed(key);
    queue?.enqueue(key);
  });
  const failures = new Map<string, number>();
  const privileges = new PrivilegeChecks();

  const dependants = (key: string): string[] =>
    [
      ...containerHosts.store.list().map((each) => ({ kind: "VirtualContainerHost", each })),
      ...volumeStores.store.list().map((each) => ({ kind: "VolumeStore", each })),
    ]
      .filter(({ each }) => serverKeyOf(each) === key)
      .map(({ kind, each }) => `${kind} ${keyOf(each)}`)
      .toSorted();

  async function release(key: string): Promise<void> {
    servers.remove(key);
    failures.delete(key);
    privileges.forget(key);
    await connections.close(key);
  }

  async function remove(key: string, object: VSphereServer, context: Context): Promise<Outcome> {
    const users = dependants(key);
    if (users.length > 0) {
      const message = `Waits until nobody uses it: ${users.slice(0, 10).join(", ")}${users.length > 10 ? ", …" : ""}`;
      // It goes on working meanwhile: those who use it need it for their own cleaning up.
      await connected(key, object, context, {
        type: CONDITIONS.Ready,
        status: "False",
        reason: REASONS.DeletionBlocked,
        message,
      });
      return awaitChange();
    }
    await release(key);
    await holdSecrets(object, context, true);
    await context.removeFinalizer(object, FINALIZER);
    return awaitChange();
  }

  /** Lets exactly the Secrets that this namespace's servers use carry our finalizer. */
  async function holdSecrets(
    object: VSphereServer,
    context: Context,
    leaving: boolean,
  ): Promise<void> {
    const { namespace } = object.metadata;
    const using = vsphereServers.store
      .list(namespace)
      .filter((each) => !leaving || each.metadata.uid !== object.metadata.uid);
    const plan = planSecrets(using, secrets.store.list(namespace));
    for (const secret of plan.hold) await setInUse(context.client, secret, true);
    for (const secret of plan.release) await setInUse(context.client, secret, false);
  }

  /** Connects, looks around, and reports. `over` is what Ready says whatever the connection does. */
  async function connected(
    key: string,
    object: VSphereServer,
    context: Context,
    over?: ConditionInput,
  ): Promise<Outcome> {
    const secret = secrets.store.get(
      refKey({ namespace: object.metadata.namespace, name: object.spec.credentialsSecretRef.name }),
    );
    const login = readLogin(object.spec, secret?.data);
    if ("reason" in login) {
      await release(key);
      await tell(
        object,
        context,
        knownStatus(object),
        loginProblemConditions(login),
        over,
        "stuck",
      );
      return awaitChange();
    }
    try {
      const vsphere = await connections.ensure(key, login, context.signal);
      if (vsphere.state.error) throw vsphere.state.error;
      failures.delete(key);
      const { status, conditions } = await lookAround(key, object, vsphere);
      const isDone = conditions.every(isFulfilled);
      const privileged = isDone ? await privilegedOf(key, status) : undefined;
      await tell(
        object,
        context,
        status,
        [...conditions, ...(privileged ? [privileged] : [])],
        over,
        isDone ? "done" : "stuck",
      );
      return isDone && privileged?.status !== "False" ? awaitChange() : requeueAfter(60_000);
    } catch (error) {
      if (!(error instanceof VSphereError)) throw error;
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      servers.changed(key);
      const conditions = connectionConditions(error, "");
      const refused = conditions.some(
        ({ type, status }) => type === CONDITIONS.Authenticated && status === "False",
      );
      await tell(
        object,
        context,
        knownStatus(object),
        conditions,
        over,
        refused ? "stuck" : "working",
      );
      return requeueAfter(retryDelayMs(error, count));
    }
  }

  async function lookAround(key: string, object: VSphereServer, vsphere: VSphere) {
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

  /** What a vCenter's account may do with what is named; only where the privileges are those of vApps. */
  async function privilegedOf(
    key: string,
    { capabilities }: Status,
  ): Promise<ConditionInput | undefined> {
    const server = servers.get(key);
    if (!server || !capabilities?.vApps) return undefined;
    const ofServer = (each: Parameters<typeof serverKeyOf>[0]): boolean =>
      serverKeyOf(each) === key;
    const named = namedObjects(
      containerHosts.store.list().filter(ofServer),
      volumeStores.store.list().filter(ofServer),
    );
    return privileges.condition(key, server.vsphere, server.datacenter, named);
  }

  async function tell(
    object: VSphereServer,
    context: Context,
    status: Status,
    conditions: readonly ConditionInput[],
    over: ConditionInput | undefined,
    progress: "working" | "stuck" | "done",
  ): Promise<void> {
    const own = conditions.find(({ type }) => type === CONDITIONS.Ready);
    const rest = conditions.filter(({ type }) => type !== CONDITIONS.Ready);
    // Who lacks a privilege for one host may serve others: they tell it themselves.
    const causes = rest.filter(({ type }) => type !== CONDITIONS.Privileged);
    const summary = summariseReady(causes, [CONDITIONS.Authenticated, CONDITIONS.Reachable], {
      reason: REASONS.Available,
      message: `Connected to ${object.spec.url}`,
    });
    await report(context, object, {
      status,
      conditions: [over ?? own ?? firstCause(causes, summary), ...rest],
      progress: over ? "working" : progress,
      action: "Connect",
    });
  }

  return {
    name: "vsphereserver",
    kind: KINDS.VSphereServer,
    watches: [
      watching(secretKind, (secret) =>
        vsphereServers.store
          .list(secret.metadata?.namespace)
          .filter((each) => each.spec.credentialsSecretRef.name === secret.metadata?.name)
          .map(keyOf),
      ),
      watching(KINDS.VirtualContainerHost, (object) => [serverKeyOf(object)]),
      watching(KINDS.VolumeStore, (object) => [serverKeyOf(object)]),
    ],
    sources: [
      {
        name: "connections",
        run: (enqueue) => {
          queue = enqueue;
        },
      },
    ],
    async reconcile({ key, object }, context): Promise<Outcome> {
      if (!object) {
        await release(key);
        return awaitChange();
      }
      if (object.metadata.deletionTimestamp) return remove(key, object, context);
      if (await context.ensureFinalizer(object, FINALIZER)) return awaitChange();
      await holdSecrets(object, context, false);
      return connected(key, object, context);
    },
  };
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

const isFulfilled = ({ status }: ConditionInput): boolean => status === "True";

/** A server that isn't reached explains more than the login that couldn't be tried. */
function firstCause(
  conditions: readonly ConditionInput[],
  summary: ConditionInput,
): ConditionInput {
  const failed = conditions.find(({ status }) => status === "False");
  return failed ? { ...failed, type: CONDITIONS.Ready } : summary;
}

/** What was found earlier stands while the server isn't reached. */
function knownStatus({ status }: VSphereServer): Status {
  const { conditions: _conditions, observedGeneration: _generation, ...known } = status ?? {};
  return known;
}
