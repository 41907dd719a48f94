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
	Switch     string
}

func sampleIn(profile string) sampleShape {
	shape := sampleShape{Compute: "cluster: Compute-1", Pool: "Compute-1", Switch: "DVS-East"}
	switch profile {
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

// keepProfile notes which shape the inventory of a lab has, and refuses another
// one: it would have no effect on what is there.
func keepProfile(dir, profile string) error {
	if profile == "" {
		profile = "default"
	}
	file := filepath.Join(dir, "vcenter", "profile")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		before := "default"
		if _, err := os.Stat(filepath.Join(dir, "vcenter", "inventory.jsonl")); err != nil {
			before = profile
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
	if has := strings.TrimSpace(string(text)); has != profile {
		return fmt.Errorf("--profile %s: the vCenter in %s is of profile %s; delete that folder to start another", profile, dir, has)
	}
	return nil
}
