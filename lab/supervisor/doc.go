// Package supervisor runs a lab's processes: it starts them in order, starts
// them again when they die, stops them in the opposite order, and finds what a
// killed supervisor has left behind.
//
// Every process of a lab carries the variable VIC_LAB_PROCESS=<the lab's
// directory> in its environment and hands it down to its own children (QEMU).
// So what belongs to a lab is known from the processes themselves, and no stale
// pid file can make `down` end a stranger's process.
package supervisor
