import { expect, test } from "vitest";
import { mergeRules } from "./rbac.ts";

test("a right to named objects never becomes one to all", () => {
  const rules = mergeRules([
    { apiGroups: [""], resources: ["secrets"], resourceNames: ["one"], verbs: ["get"] },
    { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
  ]);
  expect(rules).toEqual([
    { apiGroups: [""], resources: ["secrets"], resourceNames: ["one"], verbs: ["get"] },
    { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
  ]);
});

test("nobody gets a verb on a resource that no rule gave", () => {
  const rules = mergeRules([
    { apiGroups: ["a"], resources: ["x", "y"], verbs: ["get"] },
    { apiGroups: ["a"], resources: ["y"], verbs: ["list"] },
    { apiGroups: ["b"], resources: ["x"], verbs: ["get"] },
  ]);
  expect(rules).toEqual([
    { apiGroups: ["a"], resources: ["x"], verbs: ["get"] },
    { apiGroups: ["a"], resources: ["y"], verbs: ["get", "list"] },
    { apiGroups: ["b"], resources: ["x"], verbs: ["get"] },
  ]);
});

test("the order of the sources doesn't matter", () => {
  const sources = [
    { apiGroups: ["a"], resources: ["x"], verbs: ["list", "get"] },
    { apiGroups: ["a"], resources: ["z", "y"], verbs: ["get", "list"] },
  ];
  expect(mergeRules(sources)).toEqual(mergeRules(sources.toReversed()));
});
