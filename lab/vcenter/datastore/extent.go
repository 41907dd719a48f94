package datastore

import "strings"

// DescriptorOf gives the descriptor of a disk's extent file by VMware's names
// for them: disk-flat.vmdk, disk-delta.vmdk, disk-sesparse.vmdk, disk-s001.vmdk.
func DescriptorOf(file string) (string, bool) {
	base, ok := strings.CutSuffix(file, ".vmdk")
	if !ok {
		return "", false
	}
	for _, suffix := range []string{"-flat", "-delta", "-sesparse", "-s001"} {
		if name, ok := strings.CutSuffix(base, suffix); ok {
			return name + ".vmdk", true
		}
	}
	return "", false
}
