package registry

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"sync/atomic"
	"time"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/pki"
)

// certificates are the ones that the TLS port can show, by what is the matter
// with them.
type certificates struct {
	kinds map[string]*tls.Certificate
	shown atomic.Pointer[string]
}

func newCertificates(ca *pki.Authority) (*certificates, error) {
	stranger, err := pki.New("nobody trusts me")
	if err != nil {
		return nil, err
	}
	good := x509.Certificate{
		Subject:     pkix.Name{CommonName: "lab registry"},
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	elsewhere := good
	elsewhere.DNSNames, elsewhere.IPAddresses = []string{"registry.example.com"}, nil
	expired := good
	expired.NotBefore, expired.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)

	c := &certificates{kinds: map[string]*tls.Certificate{}}
	for kind, made := range map[string]struct {
		by       *pki.Authority
		template x509.Certificate
	}{
		"valid": {ca, good}, "wrong-host": {ca, elsewhere}, "expired": {ca, expired}, "untrusted": {stranger, good},
	} {
		pair, err := made.by.Issue(made.template)
		if err != nil {
			return nil, err
		}
		c.kinds[kind] = &pair
	}
	return c, c.show("valid")
}

func (c *certificates) show(kind string) error {
	if c.kinds[kind] == nil {
		return control.Refuse(`certificate %q: it is one of "valid", "wrong-host", "expired", "untrusted"`, kind)
	}
	c.shown.Store(&kind)
	return nil
}

func (c *certificates) config() *tls.Config {
	return &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.kinds[*c.shown.Load()], nil },
		// Every connection shows the certificate that is ordered now.
		SessionTicketsDisabled: true,
	}
}
