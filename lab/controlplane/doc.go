// Package controlplane is a real Kubernetes control plane without nodes: etcd,
// kube-apiserver, and of kube-controller-manager the two controllers that an
// operator's objects need, the garbage collector and the namespace controller.
// They come from their Go modules, and each runs as a process of its own,
// because their flags, feature gates and signal handlers are global.
//
// There is no scheduler, no kubelet and no service-account token controller:
// pods stay pending, and service accounts are identities of a static token
// file (see Identities).
package controlplane
