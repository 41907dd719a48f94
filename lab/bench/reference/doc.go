// Package reference is a controller of the usual kind for npm run bench to
// compare the operator with: controller-runtime, one reconcile per ContainerVM, one
// worker for each VM in progress, govmomi. It makes the VMs that the operator would,
// like one that the operator has made, and does nothing else that isn't needed.
package reference
