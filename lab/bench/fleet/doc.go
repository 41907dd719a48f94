// Package fleet makes many container VMs as fast as a plain program can: so many
// in progress at a time, all of them followed by one property collector. npm run
// bench compares the operator with it.
package fleet
