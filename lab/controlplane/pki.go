package controlplane

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"os"

	"github.com/vic-operator/vic-operator/lab/pki"
)

// ensurePKI makes what is missing of the CA, the API server's and the
// administrator's certificates and the key that signs service-account tokens.
// What exists stays, so that kubeconfigs and caches outlive a restart.
func ensurePKI(l Layout) error {
	if err := os.MkdirAll(l.pki(), 0o700); err != nil {
		return err
	}
	ca, err := pki.Open(l.caCert(), l.key("ca"), "lab-ca")
	if err != nil {
		return err
	}
	if err := ensureLeaf(l, ca, "apiserver", x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback, net.IPv4(10, 96, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}); err != nil {
		return fmt.Errorf("API server's certificate: %w", err)
	}
	if err := ensureLeaf(l, ca, "admin", x509.Certificate{
		Subject:     pkix.Name{CommonName: "lab-admin", Organization: []string{"system:masters"}},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}); err != nil {
		return fmt.Errorf("administrator's certificate: %w", err)
	}
	return ensureSigningKey(l)
}

func ensureLeaf(l Layout, ca *pki.Authority, name string, template x509.Certificate) error {
	if pair, err := tls.LoadX509KeyPair(l.cert(name), l.key(name)); err == nil && ca.Issued(pair.Leaf) {
		return nil
	}
	pair, err := ca.Issue(template)
	if err != nil {
		return err
	}
	return pki.Write(l.cert(name), l.key(name), pair)
}

func ensureSigningKey(l Layout) error {
	if _, err := os.Stat(l.key("service-account")); err == nil {
		return nil
	}
	key, err := pki.NewKey()
	if err != nil {
		return err
	}
	return pki.WriteKey(l.key("service-account"), key)
}
