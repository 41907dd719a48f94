package installation

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/vic-operator/vic-operator/lab/registry"
	"github.com/vic-operator/vic-operator/lab/supervisor"
)

// The vCenter's administrator, and the account that the product logs in with,
// which may do what docs/privileges.md says. A lab listens on loopback and holds
// nothing.
const (
	Username        = "administrator@vsphere.local"
	Password        = "lab-password"
	ProductUsername = "vic@vsphere.local"
	ProductPassword = "vic-password"
)

// writeEnv writes what a shell sources to work with the lab.
func (o Options) writeEnv(ports supervisor.Ports) error {
	var lines []string
	quoted := func(value string) string { return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'" }
	set := func(name, value string) { lines = append(lines, "export "+name+"="+quoted(value)) }
	if o.wants(ControlPlane) {
		set("KUBECONFIG", o.controlPlane().Kubeconfig())
	}
	if o.wants(VCenter) {
		set("GOVC_URL", fmt.Sprintf("https://127.0.0.1:%d/sdk", ports["vcenter"]))
		set("GOVC_USERNAME", Username)
		set("GOVC_PASSWORD", Password)
		set("GOVC_INSECURE", "1")
		set("LAB_USERNAME", ProductUsername)
		set("LAB_PASSWORD", ProductPassword)
	}
	if o.wants(Registry) {
		set("LAB_REGISTRY", fmt.Sprintf("127.0.0.1:%d", ports["registry"]))
		set("LAB_REGISTRY_TLS", fmt.Sprintf("127.0.0.1:%d", ports["registry-tls"]))
		set("LAB_REGISTRY_CA", registry.CACert(o.registry()))
	}
	if o.product() {
		set("DOCKER_HOST", DockerHost(ports["docker-sample"]))
		set("DOCKER_TLS_VERIFY", "1")
		set("DOCKER_CERT_PATH", o.certificates())
		// People's program, as if it were installed.
		var words []string
		for _, word := range o.program() {
			words = append(words, quoted(word))
		}
		lines = append(lines, "vic() { "+strings.Join(words, " ")+` "$@"; }`)
	}
	set("LAB_CONTROL", fmt.Sprintf("http://127.0.0.1:%d", ports["control"]))
	return os.WriteFile(filepath.Join(o.dir(), "env"), []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}
