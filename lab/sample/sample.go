// Package sample is the container host that a lab comes with.
package sample

import (
	"bytes"
	"embed"
	"fmt"
	"text/template"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/vic-operator/vic-operator/lab/controlplane"
)

//go:embed *.yaml.tmpl
var files embed.FS

// Values are what differs from lab to lab.
type Values struct {
	URL        string // of the vCenter
	Thumbprint string // of its certificate, SHA-256
	Username   string
	Password   string
	Datacenter string // "" where there is but one
	Compute    string // of spec.compute, as YAML
	Pool       string // by which spec.allow permits that
	Datastore  string
	Bridge     string // of spec.networks.bridge, as YAML
	BridgeName string // by which spec.allow permits that
	Network    string // port group that leads to the console
	Registry   string // host:port
	DockerPort int    // of the container host, on the gateway
}

// Objects are the server, the volume store and the container host, in the order
// in which to apply them.
func Objects(values Values) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for _, name := range []string{"vic-system.yaml.tmpl", "team-a.yaml.tmpl"} {
		parsed, err := template.New(name).Option("missingkey=error").ParseFS(files, name)
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		if err := parsed.Execute(&text, values); err != nil {
			return nil, err
		}
		objects, err := controlplane.Objects(text.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, objects...)
	}
	return all, nil
}
