package installation

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/vic-operator/vic-operator/lab/sample"
)

// sampleTimeout is for the sample's container host to become Ready.
const sampleTimeout = 2 * time.Minute

// applySample applies the sample and waits for its container host. That it
// doesn't become Ready is no reason to stop a lab in which one may want to see
// why; it is kept for the end of the start.
func (l *lab) applySample(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sampleTimeout)
	defer cancel()
	thumbprint, err := l.thumbprint(ctx)
	if err != nil {
		return err
	}
	shape := sampleIn(l.shape())
	bridge, bridgeName := shape.bridge()
	objects, err := sample.Objects(sample.Values{
		URL:        fmt.Sprintf("https://127.0.0.1:%d", l.ports["vcenter"]),
		Thumbprint: thumbprint,
		Username:   ProductUsername,
		Password:   ProductPassword,
		Datacenter: shape.Datacenter,
		Compute:    shape.Compute,
		Pool:       shape.Pool,
		Datastore:  shape.Datastore,
		Bridge:     bridge,
		BridgeName: bridgeName,
		Network:    guestNetwork,
		Registry:   fmt.Sprintf("127.0.0.1:%d", l.ports["registry"]),
		DockerPort: l.ports["docker-sample"],
	})
	if err != nil {
		return err
	}
	if err := l.applier.Apply(ctx, objects); err != nil {
		return err
	}
	host := objects[len(objects)-1]
	for {
		state := "not read yet"
		if now, err := l.applier.Get(ctx, host); err == nil {
			var ready bool
			if ready, state = readyCondition(now); ready {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			l.unready = fmt.Errorf("the sample's container host isn't Ready after %v: %s", sampleTimeout, state)
			return nil
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// readyCondition says whether the object is Ready as it is specified now, and
// in words what it is.
func readyCondition(object *unstructured.Unstructured) (bool, string) {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, entry := range conditions {
		condition, _ := entry.(map[string]any)
		if condition["type"] != "Ready" {
			continue
		}
		current := condition["observedGeneration"] == nil || condition["observedGeneration"] == object.GetGeneration()
		return condition["status"] == "True" && current, fmt.Sprintf("%v: %v", condition["reason"], condition["message"])
	}
	return false, "it has no condition Ready yet"
}

// thumbprint asks the vCenter for its certificate, as an administrator would.
func (l *lab) thumbprint(ctx context.Context) (string, error) {
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // its fingerprint is what we are after
	conn, err := dialer.DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", l.ports["vcenter"]))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	sum := sha256.Sum256(conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Raw)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":"), nil
}
