package controlplane

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

// certValidity is long because a lab is thrown away, not rotated.
const certValidity = 10 * 365 * 24 * time.Hour

// authority signs the certificates of one control plane.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// ensurePKI makes what is missing of the CA, the API server's and the
// administrator's certificates and the key that signs service-account tokens.
// What exists stays, so that kubeconfigs and caches outlive a restart.
func ensurePKI(l Layout) error {
	if err := os.MkdirAll(l.pki(), 0o700); err != nil {
		return err
	}
	ca, err := ensureAuthority(l)
	if err != nil {
		return fmt.Errorf("certificate authority: %w", err)
	}
	if err := ensureLeaf(l, ca, "apiserver", &x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback, net.IPv4(10, 96, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}); err != nil {
		return fmt.Errorf("API server's certificate: %w", err)
	}
	if err := ensureLeaf(l, ca, "admin", &x509.Certificate{
		Subject:     pkix.Name{CommonName: "lab-admin", Organization: []string{"system:masters"}},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}); err != nil {
		return fmt.Errorf("administrator's certificate: %w", err)
	}
	return ensureSigningKey(l)
}

func ensureAuthority(l Layout) (*authority, error) {
	pair, err := tls.LoadX509KeyPair(l.caCert(), l.key("ca"))
	if err == nil {
		return &authority{cert: pair.Leaf, key: pair.PrivateKey.(crypto.Signer)}, nil
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "lab-ca"},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	self := &authority{cert: template, key: key}
	if err := self.issue(l, "ca", template, key); err != nil {
		return nil, err
	}
	return ensureAuthority(l)
}

func ensureLeaf(l Layout, ca *authority, name string, template *x509.Certificate) error {
	if pair, err := tls.LoadX509KeyPair(l.cert(name), l.key(name)); err == nil && pair.Leaf.CheckSignatureFrom(ca.cert) == nil {
		return nil
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	key, err := newKey()
	if err != nil {
		return err
	}
	return ca.issue(l, name, template, key)
}

// issue signs template for key and writes both files, the key first: a
// certificate without its key is made again.
func (a *authority) issue(l Layout, name string, template *x509.Certificate, key *ecdsa.PrivateKey) error {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	template.SerialNumber = serial
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(certValidity)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return err
	}
	if err := writeKey(l.key(name), key); err != nil {
		return err
	}
	return writePEM(l.cert(name), "CERTIFICATE", der)
}

func ensureSigningKey(l Layout) error {
	if _, err := os.Stat(l.key("service-account")); err == nil {
		return nil
	}
	key, err := newKey()
	if err != nil {
		return err
	}
	return writeKey(l.key("service-account"), key)
}

func newKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(path, "EC PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
