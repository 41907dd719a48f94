// Package registry is the lab's OCI registry: go-containerregistry's, stocked
// with the images of lab/images, with failures that a test can order.
//
// What is stocked is there after every start. What is pushed to it stays as
// long as the process.
package registry
