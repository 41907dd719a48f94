package controlplane

import (
	"fmt"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

// RunAPIServer serves on 127.0.0.1:port until the process gets SIGTERM or
// SIGINT, and returns its exit status. Prepare must have run. It may be called
// once per process: flags, feature gates and signal handling are global.
func RunAPIServer(l Layout, port, etcdPort int) int {
	command := app.NewAPIServerCommand()
	command.SetArgs(apiserverFlags(l, port, etcdPort))
	return cli.Run(command)
}

func apiserverFlags(l Layout, port, etcdPort int) []string {
	flags := map[string]string{
		"etcd-servers":      fmt.Sprintf("http://127.0.0.1:%d", etcdPort),
		"bind-address":      "127.0.0.1",
		"advertise-address": "127.0.0.1",
		"secure-port":       fmt.Sprint(port),
		// Nobody runs behind the kubernetes service here, and an endpoint on a
		// loopback address would be refused.
		"endpoint-reconciler-type": "none",

		"tls-cert-file":        l.cert("apiserver"),
		"tls-private-key-file": l.key("apiserver"),
		"client-ca-file":       l.caCert(),
		"token-auth-file":      l.tokens(),
		"cert-dir":             l.pki(),
		"authorization-mode":   "RBAC",

		"service-account-issuer":           "https://kubernetes.default.svc",
		"service-account-key-file":         l.key("service-account"),
		"service-account-signing-key-file": l.key("service-account"),
		"service-cluster-ip-range":         "10.96.0.0/24",
		// Without a controller that makes default service accounts, this would
		// refuse every pod, Deployments of manifests/ included.
		"disable-admission-plugins": "ServiceAccount",
		"v":                         "1",
	}
	var args []string
	for name, value := range flags {
		args = append(args, "--"+name+"="+value)
	}
	return args
}
