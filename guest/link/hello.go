// Package link is a guest's line to its console: the guest dials, and then serves SSH on what it dialled.
package link

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/ssh"
)

// user is the only one there is.
const user = "vic"

// hello is the line that tells a console who is calling, before SSH begins.
func hello(w io.Writer, id string) error {
	_, err := fmt.Fprintf(w, "vic-agent/1 %s\n", id)
	return err
}

// NewHostKey makes a key for one boot. Nobody stores it; its public half goes into the report, as a line of authorized_keys.
func NewHostKey() (ssh.Signer, string, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, "", err
	}
	signer, err := ssh.NewSignerFromSigner(private)
	if err != nil {
		return nil, "", err
	}
	return signer, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey()))), nil
}
