// Package images makes the images that a lab's registry is stocked with, from
// Debian packages and from nothing, without root: owners, devices and
// attributes are only ever written into tar headers.
//
// Everything in an image is fixed (times, order, the seed of its random bytes),
// so the same packages give the same digests.
package images
