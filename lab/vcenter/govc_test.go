package vcenter

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/cli"
	_ "github.com/vmware/govmomi/cli/permissions"
	_ "github.com/vmware/govmomi/cli/role"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/authorization"
)

// documented are the commands that docs/privileges.md tells an administrator to
// type.
func documented(t *testing.T) (commands []string) {
	text, err := os.ReadFile("../../docs/privileges.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "govc "); ok {
			commands = append(commands, rest)
		}
	}
	if len(commands) < 10 {
		t.Fatalf("only %d commands in docs/privileges.md", len(commands))
	}
	return commands
}

func TestTheDocumentedCommandsGiveTheAccountItsRoles(t *testing.T) {
	const account = "vic@vsphere.local"
	r := start(t, func(o *Options) { o.Accounts = []Account{{Username: account, Password: "secret"}} })
	for name, value := range map[string]string{"GOVC_URL": r.url.String(), "GOVC_INSECURE": "1", "GOVC_PERSIST_SESSION": "false"} {
		t.Setenv(name, value)
	}
	if _, err := loginAs(r, account, "secret"); err == nil {
		t.Fatal("an account without any permission could log in")
	}
	for _, command := range documented(t) {
		if code := cli.Run(strings.Fields(command)); code != 0 {
			t.Fatalf("govc %s: exit status %d", command, code)
		}
	}
	if _, err := loginAs(r, account, "secret"); err != nil {
		t.Fatal(err)
	}
	manager := object.NewAuthorizationManager(r.client().Client)
	roles := must(manager.RoleList(testContext(t)))(t)
	permissions := must(manager.RetrieveAllPermissions(testContext(t)))(t)
	for _, grant := range []struct{ role, kind, privilege string }{
		{"vic-vcenter", "Folder", "Global.ManageCustomFields"},
		{"vic-datacenter", "Datacenter", "Datastore.FileManagement"},
		{"vic-compute", "ClusterComputeResource", "VApp.Create"},
		{"vic-datastore", "Datastore", "Datastore.AllocateSpace"},
	} {
		role := roles.ByName(grant.role)
		if role == nil || !slices.Contains(role.Privilege, grant.privilege) || !slices.Contains(role.Privilege, "System.Read") {
			t.Fatalf("role %s: %+v", grant.role, role)
		}
		if !slices.ContainsFunc(permissions, func(p types.Permission) bool {
			return p.RoleId == role.RoleId && p.Entity.Type == grant.kind && authorization.Principal(p.Principal) == account
		}) {
			t.Errorf("nobody has %s on a %s: %+v", grant.role, grant.kind, permissions)
		}
	}
}
