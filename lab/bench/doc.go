// Package bench starts a machine the bare way, for npm run bench to compare the
// product with: one QEMU and nothing around it.
package bench
