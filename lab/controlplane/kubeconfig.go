package controlplane

import (
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Prepare makes certificates, tokens and kubeconfigs for an API server on
// 127.0.0.1:apiserverPort. It may be repeated at any time; what exists is kept,
// but for the port in the kubeconfigs.
func Prepare(l Layout, apiserverPort int) error {
	if err := ensurePKI(l); err != nil {
		return err
	}
	tokens, err := ensureTokens(l)
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	cert, err := os.ReadFile(l.cert("admin"))
	if err != nil {
		return err
	}
	key, err := os.ReadFile(l.key("admin"))
	if err != nil {
		return err
	}
	admin := &api.AuthInfo{ClientCertificateData: cert, ClientKeyData: key}
	if err := writeKubeconfig(l, l.Kubeconfig(), apiserverPort, "lab-admin", admin); err != nil {
		return err
	}
	for _, id := range Identities {
		user := &api.AuthInfo{Token: tokens[id.Name]}
		if err := writeKubeconfig(l, l.KubeconfigOf(id.Name), apiserverPort, id.Name, user); err != nil {
			return err
		}
	}
	return nil
}

func writeKubeconfig(l Layout, path string, port int, user string, auth *api.AuthInfo) error {
	ca, err := os.ReadFile(l.caCert())
	if err != nil {
		return err
	}
	config := api.NewConfig()
	config.Clusters["lab"] = &api.Cluster{
		Server:                   fmt.Sprintf("https://127.0.0.1:%d", port),
		CertificateAuthorityData: ca,
	}
	config.AuthInfos[user] = auth
	config.Contexts["lab"] = &api.Context{Cluster: "lab", AuthInfo: user, Namespace: "default"}
	config.CurrentContext = "lab"
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return clientcmd.WriteToFile(*config, path)
}
