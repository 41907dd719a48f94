import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cutToVersion } from "./cut.ts";
import { vsphereTypeFiles } from "./generate.ts";
import { parseTypeInfo } from "./parse.ts";
import { selectRows } from "./select.ts";

const rows = `
AddVersion("v.old", "vim25", "6.5", 0, "vim25")
AddVersion("v.new", "vim25", "6.7.1", 0, "vim25")
CreateEnumType("vim.Color", "Color", "v.old", ["red", "dark-red"])
CreateDataType("vim.Base", "Base", "vmodl.DynamicData", "v.old", [("id", "int", "v.old", 0)])
CreateDataType("vim.Thing", "Thing", "vim.Base", "v.old", [("b", "vim.Color", "v.old", F_OPTIONAL), ("a", "vim.Other[]", "v.old", F_OPTIONAL | F_SECRET), ("c", "string", "v.new", F_OPTIONAL)])
CreateDataType("vim.Other", "Other", "vmodl.DynamicData", "v.old", None)
CreateDataType("vim.fault.Bad", "Bad", "vmodl.MethodFault", "v.old", None)
CreateManagedType("vim.Machine", "Machine", "vmodl.ManagedObject", "v.old", None, [("go", "Go_Task", "v.old", (("thing", "vim.Thing", "v.old", 0, None),("on", "vim.Machine", "v.old", F_OPTIONAL, "System.View"),), (0, "vim.Task", "void"), None, ["vim.fault.Bad", ])])
CreateManagedType("vim.Task", "Task", "vmodl.ManagedObject", "v.old", None, None)
`;
const info = parseTypeInfo([rows]);

test("a type or method that the tables don't have is an error", () => {
  expect(() => selectRows(info, {}, ["Nothing"])).toThrow("no data type Nothing");
  expect(() => selectRows(info, { Machine: ["Stop"] }, [])).toThrow("Machine.Stop");
});

test("a required field of a type that isn't selected is an error", () => {
  const table = selectRows(info, { Machine: ["Go_Task"] }, []);
  expect(() => cutToVersion(table, "6.5", [])).toThrow("Go_Task.thing");
});

test("bases come along, fields keep their order, newer and unselected ones go", () => {
  const table = cutToVersion(selectRows(info, { Machine: ["Go_Task"] }, ["Thing"]), "6.5", []);
  expect(Object.keys(table.types)).toEqual(expect.arrayContaining(["Base", "Thing"]));
  expect(table.types["Thing"]).toMatchObject({
    base: "Base",
    fields: [{ name: "b", type: "Color" }],
  });
  expect(table.enums).toEqual({ Color: ["red", "dark-red"] });
  expect(table.methods["Go_Task"]!.parameters.map(({ name, type }) => [name, type])).toEqual([
    ["thing", "Thing"],
    ["on", "ManagedObjectReference"],
  ]);
  expect(table.faults["Bad"]).toBe("MethodFault");
});

test("the committed files are what the generator makes", () => {
  for (const [path, text] of vsphereTypeFiles()) {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"), path).toBe(text);
  }
});
