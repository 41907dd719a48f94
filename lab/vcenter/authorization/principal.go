// Package authorization is who may do what in the vCenter: roles, permissions on
// inventory objects, and which privileges each method demands of whom.
//
// Sources: VMware's vSphere Security guide ("Understanding Authorization in
// vSphere", "Hierarchical Inheritance of Permissions"), the privileges of methods
// and parameters in VMware's type tables (pyVmomi), and for those that depend on
// what is asked, the text of the Web Services API reference at each method.
package authorization

import "strings"

// Principal gives a user's or group's name in the one form in which names are
// compared: "administrator@vsphere.local" and "VSPHERE.LOCAL\Administrator" are
// one. vCenter doesn't tell cases apart.
func Principal(name string) string {
	if domain, user, ok := strings.Cut(name, `\`); ok {
		name = user + "@" + domain
	}
	return strings.ToLower(name)
}
