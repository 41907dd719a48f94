package controlplane

import (
	"crypto/rand"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Identity is a user that the API server knows by a static token.
type Identity struct {
	Name   string // of its kubeconfig
	User   string
	Groups []string
}

// Identities are the users that a control plane is made with, beside the
// administrator. The product's roles run under the names that the API server
// gives to pods with these service accounts, so that the RBAC rules of
// manifests/ bind them as they do in a cluster.
var Identities = []Identity{
	serviceAccount("vic-system", "vic-operator"),
	serviceAccount("vic-system", "vic-console"),
	serviceAccount("vic-system", "vic-gateway"),
	{Name: "tenant", User: "tenant"},
}

func serviceAccount(namespace, name string) Identity {
	return Identity{
		Name:   name,
		User:   fmt.Sprintf("system:serviceaccount:%s:%s", namespace, name),
		Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace},
	}
}

// ensureTokens gives every identity a token and returns them by name. Tokens
// that exist are kept: a running role holds one.
func ensureTokens(l Layout) (map[string]string, error) {
	known, err := readTokens(l.tokens())
	if err != nil {
		return nil, err
	}
	tokens := map[string]string{}
	var rows strings.Builder
	w := csv.NewWriter(&rows)
	for _, id := range Identities {
		token := known[id.User]
		if token == "" {
			token = newToken()
		}
		tokens[id.Name] = token
		// kube-apiserver --token-auth-file: token,user,uid,"group1,group2"
		if err := w.Write([]string{token, id.User, "lab:" + id.Name, strings.Join(id.Groups, ",")}); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return tokens, os.WriteFile(l.tokens(), []byte(rows.String()), 0o600)
}

// readTokens returns the tokens of the file by user name.
func readTokens(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	tokens := map[string]string{}
	for _, row := range rows {
		if len(row) >= 2 {
			tokens[row[1]] = row[0]
		}
	}
	return tokens, nil
}

func newToken() string {
	var b [24]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // crypto/rand.Read never fails since Go 1.24
	}
	return hex.EncodeToString(b[:])
}
