#!/usr/bin/env -S node --max-semi-space-size=4
import { createProgram } from "./cli/program.ts";

await createProgram().parseAsync(process.argv);
