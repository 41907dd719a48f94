package vcenter

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/authorization"
)

func loginAs(r *running, user, password string) (*govmomi.Client, error) {
	u := *r.url
	u.User = url.UserPassword(user, password)
	return govmomi.NewClient(testContext(r.t), &u, true)
}

// granted starts a vCenter with an account that has these rights.
func granted(t *testing.T, grants ...authorization.Grant) (*running, *govmomi.Client) {
	t.Helper()
	r := start(t, func(o *Options) {
		o.Accounts = []Account{{Username: "vic@vsphere.local", Password: "secret", Grants: grants}}
	})
	return r, must(loginAs(r, "vic@vsphere.local", "secret"))(t)
}

// denied gives the fault of a call that was refused for lack of a privilege.
func denied(t *testing.T, err error, privilege string) types.NoPermission {
	t.Helper()
	if !soap.IsSoapFault(err) {
		t.Fatalf("want NoPermission for %s, have %v", privilege, err)
	}
	f, ok := soap.ToSoapFault(err).VimFault().(types.NoPermission)
	if !ok || f.PrivilegeId != privilege {
		t.Fatalf("want NoPermission for %s, have %+v", privilege, soap.ToSoapFault(err).VimFault())
	}
	return f
}

var seesAll = authorization.Grant{Level: authorization.AtRoot, Role: "ReadOnly", Propagate: true}

func TestWithoutThePrivilegeACallIsRefusedAndNamesItAndTheObject(t *testing.T) {
	_, c := granted(t, seesAll)
	finder := find.NewFinder(c.Client)
	folder := must(finder.Folder(testContext(t), "/DC0/vm"))(t)
	_, err := folder.CreateFolder(testContext(t), "mine")
	f := denied(t, err, "Folder.Create")
	if *f.Object != folder.Reference() || len(f.MissingPrivileges) != 1 || f.MissingPrivileges[0].PrivilegeIds[0] != "Folder.Create" {
		t.Errorf("it doesn't say what is missing where: %+v", f)
	}
}

func TestAPermissionOnAChildTakesTheParentsPlace(t *testing.T) {
	makes := authorization.Grant{Level: authorization.AtDatacenter, Role: "makes folders", Privileges: []string{"Folder.Create"}, Propagate: true}
	create := func(c *govmomi.Client) error {
		folder := must(find.NewFinder(c.Client).Folder(testContext(t), "/DC0/vm"))(t)
		_, err := folder.CreateFolder(testContext(t), "mine")
		return err
	}
	if _, c := granted(t, seesAll, makes); create(c) != nil {
		t.Errorf("what propagates from the datacenter isn't there: %v", create(c))
	}
	_, c := granted(t, seesAll, makes, authorization.Grant{Level: authorization.AtVMFolder, Role: "ReadOnly"})
	denied(t, create(c), "Folder.Create")
}

func TestAPrivilegeThatIsTakenAwayIsMissedAtOnceAndIsThereAgainWhenGiven(t *testing.T) {
	r, c := granted(t, seesAll, authorization.Grant{Level: authorization.AtVMFolder, Role: "makes folders", Privileges: []string{"Folder.Create"}})
	manager := object.NewAuthorizationManager(r.client().Client)
	role := must(manager.RoleList(testContext(t)))(t).ByName("makes folders")
	folder := must(find.NewFinder(c.Client).Folder(testContext(t), "/DC0/vm"))(t)
	for _, privileges := range [][]string{nil, {"Folder.Create"}} {
		if err := manager.UpdateRole(testContext(t), role.RoleId, role.Name, privileges); err != nil {
			t.Fatal(err)
		}
		_, err := folder.CreateFolder(testContext(t), "mine")
		if privileges == nil {
			denied(t, err, "Folder.Create")
		} else if err != nil {
			t.Error(err)
		}
	}
}

func TestOnlyWhoHasThePrivilegeChangesRoles(t *testing.T) {
	_, c := granted(t, seesAll)
	_, err := object.NewAuthorizationManager(c.Client).AddRole(testContext(t), "all", []string{"Folder.Create"})
	denied(t, err, "Authorization.ModifyRoles")
}

func TestTheLastAdministratorStays(t *testing.T) {
	r := start(t)
	c := r.client()
	manager := object.NewAuthorizationManager(c.Client)
	if err := manager.RemoveEntityPermission(testContext(t), c.ServiceContent.RootFolder, testUser, false); err == nil {
		t.Error("nobody is left who could give anybody a permission")
	}
}

func TestFilesOverHTTPNeedTheirPrivilegesOnDatacenterAndDatastore(t *testing.T) {
	both := []string{"Datastore.Browse", "Datastore.FileManagement"}
	onStore := authorization.Grant{Level: authorization.AtDatastore, Role: "stores", Privileges: both}
	onDatacenter := authorization.Grant{Level: authorization.AtDatacenter, Role: "datacenters", Privileges: both}
	upload := func(grants ...authorization.Grant) error {
		_, c := granted(t, append(grants, seesAll)...)
		ds := must(find.NewFinder(c.Client).Datastore(testContext(t), "/DC0/datastore/ssd-1"))(t)
		ds.DatacenterPath = "DC0"
		return ds.Upload(testContext(t), strings.NewReader("hi"), "file", nil)
	}
	for _, grants := range [][]authorization.Grant{nil, {onStore}, {onDatacenter}} {
		if err := upload(grants...); err == nil || !strings.Contains(err.Error(), "401") {
			t.Errorf("with %+v: %v", grants, err)
		}
	}
	if err := upload(onStore, onDatacenter); err != nil {
		t.Error(err)
	}
}

func TestWhatMayNotBeSeenIsNotThere(t *testing.T) {
	r, c := granted(t,
		authorization.Grant{Level: authorization.AtRoot, Role: "ReadOnly"},
		authorization.Grant{Level: authorization.AtDatacenter, Role: "ReadOnly"})
	names := func(c *govmomi.Client) (list []string) {
		elements, _ := find.NewFinder(c.Client).DatastoreList(testContext(t), "/DC0/datastore/*")
		for _, ds := range elements {
			list = append(list, ds.Name())
		}
		slices.Sort(list)
		return list
	}
	if all := names(r.client()); len(all) != 2 {
		t.Fatalf("the administrator sees %v", all)
	}
	if seen := names(c); len(seen) != 0 {
		t.Errorf("seen without a permission: %v", seen)
	}
}

func TestWhatEveryMethodNeedsIsKnown(t *testing.T) {
	for method, kinds := range start(t).service.Mux.Methods() {
		if !authorization.Covers(method) {
			t.Errorf("%s of %v: its privileges stand in lab/vcenter/authorization/methods.go, place_rules.go or machine_rules.go; VMware's tables name them", method, kinds)
		}
	}
}

func TestAVAppsAnnotationNeedsThePrivilegeToRenameIt(t *testing.T) {
	at := authorization.Grant{Level: authorization.AtCompute, Role: "configures", Privileges: []string{"VApp.ApplicationConfig"}, Propagate: true}
	r, c := granted(t, seesAll, at)
	s := r.site()
	app := must(s.pool.CreateVApp(testContext(t), "app", unlimited(), types.VAppConfigSpec{Annotation: "ours"}, s.folder))(t)
	change := func(spec types.VAppConfigSpec) error {
		return object.NewVirtualApp(c.Client, app.Reference()).UpdateConfig(testContext(t), spec)
	}
	if err := change(types.VAppConfigSpec{ManagedBy: &types.ManagedByInfo{ExtensionKey: "x", Type: "y"}}); err != nil {
		t.Error(err)
	}
	denied(t, change(types.VAppConfigSpec{Annotation: "mine"}), "VApp.Rename")
}
