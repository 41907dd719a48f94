/** Calls of vSphere's methods by name. */
export type Calls = Readonly<Record<string, number>>;

/** Methods that change nothing but the caller's own session. All others count as writes. */
const HARMLESS: ReadonlySet<string> = new Set([
  "RetrieveServiceContent",
  "Login",
  "Logout",
  "CurrentTime",
  "RetrieveProperties",
  "RetrievePropertiesEx",
  "ContinueRetrievePropertiesEx",
  "CancelRetrievePropertiesEx",
  "CreatePropertyCollector",
  "DestroyPropertyCollector",
  "CreateFilter",
  "DestroyPropertyFilter",
  "WaitForUpdatesEx",
  "CancelWaitForUpdates",
  "CreateContainerView",
  "CreateListView",
  "ModifyListView",
  "ResetListView",
  "DestroyView",
  "FindByUuid",
  "FindAllByUuid",
  "FindByInventoryPath",
  "FindChild",
  "HasPrivilegeOnEntities",
  "SearchDatastore_Task",
  "SearchDatastoreSubFolders_Task",
  "QueryPerf",
  "QueryEvents",
]);

/** The calls that change something others see. */
export const writesOf = (calls: Calls): Calls =>
  Object.fromEntries(Object.entries(calls).filter(([method]) => !HARMLESS.has(method)));

export const sumOfCalls = (calls: Calls): number =>
  Object.values(calls).reduce((sum, count) => sum + count, 0);

/** One line for people: `2 PowerOnVM_Task, 1 Login`. */
export const describeCalls = (calls: Calls): string =>
  Object.entries(calls)
    .toSorted(([a, m], [b, n]) => n - m || a.localeCompare(b))
    .map(([method, count]) => `${count} ${method}`)
    .join(", ") || "none";
