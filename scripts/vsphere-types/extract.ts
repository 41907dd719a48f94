/**
 * Takes from VMware's published type tables (pyVmomi on PyPI, Apache-2.0) the rows that the selection names, and writes
 * them to table.json beside this file. Needs python3 with pip, and the network; run by hand when the selection grows.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseTypeInfo } from "./parse.ts";
import { methods, readTypes, types } from "./selection.ts";
import { selectRows } from "./select.ts";

const source = {
  package: "pyvmomi",
  version: "9.1.1.0",
  wheel: "pyvmomi-9.1.1.0-py3-none-any.whl",
  sha256: "76af3cba85573769daf4e6760aace32e7af34e1bbf343895b8c4798b6bc0e2d2",
  licence: "Apache-2.0",
};

const work = mkdtempSync(join(tmpdir(), "vsphere-types-"));
try {
  const requirement = `${source.package}==${source.version}`;
  execFileSync("python3", ["-m", "pip", "download", "-q", "--no-deps", "-d", work, requirement], {
    stdio: "inherit",
  });
  const wheel = join(work, source.wheel);
  const actual = createHash("sha256").update(readFileSync(wheel)).digest("hex");
  if (actual !== source.sha256)
    throw new Error(`${source.wheel} has sha256 ${actual}, expected ${source.sha256}`);
  execFileSync("python3", ["-m", "zipfile", "-e", wheel, work]);
  const texts = ["core", "query", "vim"].map((part) =>
    readFileSync(join(work, "pyVmomi", `_typeinfo_${part}.py`), "utf8"),
  );
  const table = selectRows(parseTypeInfo(texts), methods, [...types, ...readTypes]);
  const text = JSON.stringify({ source, ...table }, null, 1);
  writeFileSync(new URL("table.json", import.meta.url), `${text}\n`);
} finally {
  rmSync(work, { recursive: true });
}
