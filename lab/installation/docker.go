package installation

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The sample's container host.
const (
	sampleNamespace = "team-a"
	sampleHost      = "team-a"
)

// dockerTimeout is for the gateway to serve the sample's container host.
const dockerTimeout = 30 * time.Second

// certificates is the folder that DOCKER_CERT_PATH names.
func (o Options) certificates() string { return filepath.Join(o.dir(), "docker") }

// DockerHost is what DOCKER_HOST names, given the port of the sample's
// container host.
func DockerHost(port int) string { return fmt.Sprintf("tcp://127.0.0.1:%d", port) }

// writeBundle writes what Docker tools need, as a person would, and waits for
// the gateway. A host that isn't Ready is told about already.
func (l *lab) writeBundle(ctx context.Context) error {
	if l.unready != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, dockerTimeout)
	defer cancel()
	args := append(l.program(), "bundle", sampleHost, "--namespace", sampleNamespace, "--output", l.certificates())
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+l.controlPlane().Kubeconfig())
	if out, err := cmd.CombinedOutput(); err != nil {
		l.unready = fmt.Errorf("vic bundle %s: %s", sampleHost, strings.TrimSpace(string(out)))
		return nil
	}
	if err := listening(l.ports["docker-sample"])(ctx); err != nil {
		l.unready = fmt.Errorf("the gateway doesn't serve the sample's container host: %w", err)
	}
	return nil
}
