package vspc

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// proxy is a parsed proxy URI.
type proxy struct {
	address    string // host:port
	tls        bool
	thumbprint string // lower-case hex without colons; "" for none
}

// ParseProxy reads a proxyURI: telnet://host:port or telnets://host:port,
// without user, maybe with parameters behind a number sign, as
// VirtualSerialPortURIBackingInfo of the Web Services API describes them.
func ParseProxy(uri string) (p proxy, err error) {
	u, err := url.Parse(uri)
	if err != nil {
		return p, err
	}
	switch {
	case u.Scheme != "telnet" && u.Scheme != "telnets":
		return p, fmt.Errorf("scheme %q: a proxy URI has telnet or telnets", u.Scheme)
	case u.User != nil:
		return p, errors.New("a proxy URI can't have a user")
	case u.Hostname() == "" || u.Port() == "":
		return p, errors.New("a proxy URI has a host and a port")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "":
		return p, errors.New("a proxy URI has neither path nor query")
	}
	p.address, p.tls = u.Host, u.Scheme == "telnets"
	for word := range strings.SplitSeq(u.Fragment, "&") {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "": // none
		case "thumbprint":
			p.thumbprint = strings.ToLower(strings.ReplaceAll(value, ":", ""))
		case "verify", "certificate", "peerName", "cipherList":
			return p, fmt.Errorf("parameter %s isn't something that this lab can do", key)
		default:
			return p, fmt.Errorf("unknown parameter %q", key)
		}
	}
	if p.thumbprint != "" && !p.tls {
		return p, errors.New("telnet's own authentication option isn't something that this lab can do; use telnets")
	}
	return p, nil
}

// keepAlive is what ESXi has for serial ports: the first probe after 300 s,
// five more every hundredth of that ("Proxy Failure Detection").
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 300 * time.Second, Interval: 3 * time.Second, Count: 5}

// dialTimeout bounds a TCP connection and its TLS handshake.
const dialTimeout = 10 * time.Second

func (p proxy) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	dialer := net.Dialer{KeepAliveConfig: keepAlive}
	conn, err := dialer.DialContext(ctx, "tcp", p.address)
	if err != nil || !p.tls {
		return conn, err
	}
	secured := tls.Client(conn, &tls.Config{
		InsecureSkipVerify:    true, //nolint:gosec // without parameters ESXi doesn't verify; with a thumbprint it compares that
		VerifyPeerCertificate: p.verify,
	})
	if err := secured.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secured, nil
}

func (p proxy) verify(certificates [][]byte, _ [][]*x509.Certificate) error {
	if p.thumbprint == "" {
		return nil
	}
	short, long := sha1.Sum(certificates[0]), sha256.Sum256(certificates[0]) //nolint:gosec // vSphere's thumbprints are SHA-1
	if p.thumbprint != hex.EncodeToString(short[:]) && p.thumbprint != hex.EncodeToString(long[:]) {
		return errors.New("the proxy's certificate has another thumbprint")
	}
	return nil
}
