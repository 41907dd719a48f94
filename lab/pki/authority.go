// Package pki makes the certificates of a lab, each part under an authority of
// its own that is kept in .lab/.
package pki

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
	"os"
	"time"
)

// validity is long because a lab is thrown away, not rotated.
const validity = 10 * 365 * 24 * time.Hour

// Authority signs certificates.
type Authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// Open returns the authority kept in the two files, made now where there is
// none.
func Open(certFile, keyFile, name string) (*Authority, error) {
	if pair, err := tls.LoadX509KeyPair(certFile, keyFile); err == nil {
		return &Authority{cert: pair.Leaf, key: pair.PrivateKey.(crypto.Signer)}, nil
	}
	authority, pair, err := create(name)
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	return authority, Write(certFile, keyFile, pair)
}

// New returns an authority that is kept nowhere, so that nobody trusts it.
func New(name string) (*Authority, error) {
	authority, _, err := create(name)
	return authority, err
}

func create(name string) (*Authority, tls.Certificate, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	key, err := NewKey()
	if err != nil {
		return nil, tls.Certificate{}, err
	}
	pair, err := (&Authority{cert: template, key: key}).sign(template, key)
	if err != nil {
		return nil, tls.Certificate{}, err
	}
	return &Authority{cert: pair.Leaf, key: key}, pair, nil
}

// Issued says whether the authority has signed cert.
func (a *Authority) Issued(cert *x509.Certificate) bool {
	return cert.CheckSignatureFrom(a.cert) == nil
}

// Issue makes a key and a certificate for it as template says. Serial number
// and validity are filled in where they are empty.
func (a *Authority) Issue(template x509.Certificate) (tls.Certificate, error) {
	template.KeyUsage = x509.KeyUsageDigitalSignature
	key, err := NewKey()
	if err != nil {
		return tls.Certificate{}, err
	}
	return a.sign(&template, key)
}

func (a *Authority) sign(template *x509.Certificate, key *ecdsa.PrivateKey) (tls.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, err
	}
	template.SerialNumber = serial
	if template.NotAfter.IsZero() {
		template.NotBefore = time.Now().Add(-time.Hour)
		template.NotAfter = time.Now().Add(validity)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

// NewKey makes a P-256 key.
func NewKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// Write keeps a pair in two files, the key first: a certificate without its key
// is made again.
func Write(certFile, keyFile string, pair tls.Certificate) error {
	if err := WriteKey(keyFile, pair.PrivateKey.(*ecdsa.PrivateKey)); err != nil {
		return err
	}
	return writePEM(certFile, "CERTIFICATE", pair.Certificate[0])
}

// WriteKey keeps a key in a file that only its owner can read.
func WriteKey(file string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(file, "EC PRIVATE KEY", der)
}

func writePEM(file, kind string, der []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
