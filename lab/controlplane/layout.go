package controlplane

import "path/filepath"

// Layout is the directory in which a control plane keeps everything it writes.
type Layout string

// Kubeconfig is the administrator's, with a client certificate of group
// system:masters.
func (l Layout) Kubeconfig() string { return l.at("kubeconfig") }

// KubeconfigOf is the kubeconfig of one of the Identities.
func (l Layout) KubeconfigOf(identity string) string { return l.at("kubeconfigs", identity) }

func (l Layout) etcdData() string { return l.at("etcd") }
func (l Layout) pki() string      { return l.at("pki") }
func (l Layout) caCert() string   { return l.at("pki", "ca.crt") }
func (l Layout) tokens() string   { return l.at("pki", "tokens.csv") }

func (l Layout) cert(name string) string { return l.at("pki", name+".crt") }
func (l Layout) key(name string) string  { return l.at("pki", name+".key") }

func (l Layout) at(elem ...string) string {
	return filepath.Join(append([]string{string(l)}, elem...)...)
}
