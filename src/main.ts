#!/usr/bin/env -S node --max-semi-space-size=4
import { setFlagsFromString } from "node:v8";
import { createProgram } from "./cli/program.ts";

// Collect garbage when the heap has grown by a fifth. V8 would let it triple before it looked: a burst of a thousand
// containers then costs 100 MB that the process never gives back, and saves a second of CPU.
setFlagsFromString("--heap-growing-percent=20");
// Mark in one pause, 50 to 160 ms with 10,000 containers: while V8 marks bit by bit it collects nothing young, which took
// 100 MB of garbage and twice the processor time while everything is read (docs/decisions/0006-own-kubernetes-client.md).
setFlagsFromString("--no-incremental-marking");

await createProgram().parseAsync(process.argv);
