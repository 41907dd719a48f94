package installation

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// sampleShape is what the sample's container host asks for in a shape of
// vSphere.
type sampleShape struct {
	Datacenter string // of the server; "" where there is but one
	Compute    string // of spec.compute, as YAML
	Pool       string // by which spec.allow permits that
	Datastore  string
	Switch     string // on which the bridge's port group is made
	PortGroup  string // that is the bridge, where none can be made
}

// bridge is spec.networks.bridge, as YAML, and the name by which spec.allow
// permits it.
func (s sampleShape) bridge() (spec, name string) {
	if s.PortGroup != "" {
		return fmt.Sprintf("portGroup: %q", s.PortGroup), s.PortGroup
	}
	return fmt.Sprintf("switch: %q, vlan: 120", s.Switch), s.Switch
}

func sampleIn(shapeOfVSphere string) sampleShape {
	shape := sampleShape{Compute: "cluster: Compute-1", Pool: "Compute-1", Datastore: "ssd-1", Switch: "DVS-East"}
	switch shapeOfVSphere {
	case stockSimulator:
		shape = sampleShape{Compute: "cluster: DC0_C1", Pool: "DC0_C1", Datastore: "LocalDS_0", PortGroup: "DC0_DVPG0"}
	case "esxi":
		shape.Compute, shape.Pool, shape.Switch = "host: esx-1.lab", "esx-1.lab", "vSwitch0"
	case "standard-switch":
		shape.Switch = "vSwitch0"
	case "resource-pool":
		shape.Compute += ", container: ResourcePool"
	case "folders":
		shape.Datacenter, shape.Switch = "Europe/North%2fWest/DC0", "DVS/East"
		shape.Compute, shape.Pool = "cluster: Gold/Compute-1", "Gold/Compute-1"
	}
	return shape
}

// keepShape notes which shape the inventory of a lab has, and refuses another
// one: it would have no effect on what is there.
func keepShape(dir, shape string) error {
	file := filepath.Join(dir, "vcenter", "profile")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		before := "default"
		if _, err := os.Stat(filepath.Join(dir, "vcenter", "inventory.jsonl")); err != nil {
			before = shape
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(before+"\n"), 0o644); err != nil {
			return err
		}
		text = []byte(before)
	} else if err != nil {
		return err
	}
	if has := strings.TrimSpace(string(text)); has != shape {
		return fmt.Errorf("the vCenter in %s was started with %s, not with %s; delete that folder to start another", dir, flagOf(has), flagOf(shape))
	}
	return nil
}

func flagOf(shape string) string {
	if shape == stockSimulator {
		return "--vcenter " + shape
	}
	return "--profile " + shape
}
