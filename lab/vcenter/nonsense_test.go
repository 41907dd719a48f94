package vcenter

import (
	"context"
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/wire"
)

// nonsense fills requests with values of the right type and no sense.
type nonsense struct {
	*rand.Rand
	refs []types.ManagedObjectReference
}

func (n *nonsense) value(t reflect.Type, depth int) reflect.Value {
	v := reflect.New(t).Elem()
	switch {
	case t == reflect.TypeFor[types.ManagedObjectReference]():
		v.Set(reflect.ValueOf(n.refs[n.IntN(len(n.refs))]))
		return v
	case t == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Unix(n.Int64N(1<<31), 0)))
		return v
	}
	switch t.Kind() {
	case reflect.String:
		v.SetString(n.text(v))
	case reflect.Bool:
		v.SetBool(n.IntN(2) == 0)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int:
		v.SetInt([]int64{-1, 0, 1, 7, 100, 120}[n.IntN(6)])
	case reflect.Uint8:
		v.SetUint(uint64(n.IntN(127)))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(n.NormFloat64())
	case reflect.Pointer:
		p := reflect.New(t.Elem())
		p.Elem().Set(n.value(t.Elem(), depth))
		v.Set(p)
	case reflect.Slice:
		for range n.IntN(3) {
			v.Set(reflect.Append(v, n.value(t.Elem(), depth)))
		}
	case reflect.Interface:
		if x := n.implementation(t, depth); x.IsValid() {
			v.Set(x)
		}
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			optional := strings.Contains(f.Tag.Get("xml"), "omitempty") || f.Type.Kind() == reflect.Pointer
			if !f.Anonymous && optional && (depth > 6 || n.IntN(3) == 0) {
				continue
			}
			v.Field(i).Set(n.value(f.Type, depth+1))
		}
	}
	return v
}

func (n *nonsense) text(v reflect.Value) string {
	if e, ok := v.Interface().(interface{ Strings() []string }); ok {
		return e.Strings()[n.IntN(len(e.Strings()))]
	}
	texts := []string{"", "x", "[ssd-1] a/b.vmx", "[ssd-1] a/b.vmdk", "[nowhere] a", "[ssd-1] ../../etc/passwd", "[", "name", "config.hardware.device[1]",
		"Folder", "VirtualMachine", "add", strings.Repeat("long", 300), "ünïcode \u2603", "%2f/\\"}
	return texts[n.IntN(len(texts))]
}

// kinds are types that polymorphic parameters are filled with.
var kinds = []any{
	&types.VirtualDisk{}, &types.VirtualVmxnet3{}, &types.VirtualSerialPort{}, &types.VirtualCdrom{}, &types.ParaVirtualSCSIController{}, &types.VirtualE1000{},
	&types.VirtualDevice{}, &types.VirtualFloppy{}, &types.VirtualDiskFlatVer2BackingInfo{}, &types.VirtualDiskSeSparseBackingInfo{}, &types.VirtualSerialPortURIBackingInfo{},
	&types.VirtualSerialPortFileBackingInfo{}, &types.VirtualCdromIsoBackingInfo{}, &types.VirtualEthernetCardNetworkBackingInfo{},
	&types.VirtualEthernetCardDistributedVirtualPortBackingInfo{}, &types.VirtualDeviceConfigSpec{}, &types.OptionValue{}, &types.TraversalSpec{}, &types.SelectionSpec{},
	&types.FileBackedVirtualDiskSpec{}, &types.VirtualDiskSpec{}, &types.VmDiskFileQuery{}, &types.FolderFileQuery{}, &types.VMwareDVSPortSetting{}, &types.DVPortSetting{},
	&types.VmwareDistributedVirtualSwitchVlanIdSpec{}, &types.VMwareDVSPortgroupPolicy{}, &types.VAppConfigSpec{}, &types.VmConfigSpec{},
}

func (n *nonsense) implementation(t reflect.Type, depth int) reflect.Value {
	if t.NumMethod() == 0 { // AnyType
		return reflect.ValueOf("text")
	}
	if depth > 12 {
		return reflect.Value{}
	}
	for _, i := range n.Perm(len(kinds)) {
		if k := reflect.TypeOf(kinds[i]); k.Implements(t) {
			p := reflect.New(k.Elem())
			p.Elem().Set(n.value(k.Elem(), depth+1))
			return p
		}
	}
	return reflect.Value{}
}

func TestNoNonsenseBreaksAnything(t *testing.T) {
	r := start(t)
	s := r.site()
	app := must(s.pool.CreateVApp(testContext(t), "app", unlimited(), types.VAppConfigSpec{}, s.folder))(t)
	task, err := app.CreateChildVM(testContext(t), types.VirtualMachineConfigSpec{Name: "child", Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1]"}}, nil)
	done(t, task, err)
	s.vm("plain")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	n := &nonsense{Rand: rand.New(rand.NewPCG(seed, 1)), refs: []types.ManagedObjectReference{
		{Type: "VirtualMachine", Value: "vm-999"}, {Type: "Nonsense", Value: "x"}, {Type: "Folder", Value: "vm-23"}, {Type: "Datastore", Value: "resgroup-9"}}}
	byKind := map[string][]types.ManagedObjectReference{}
	r.inv.View(func(reader inventory.Reader) {
		reader.Each(func(o inventory.Object) {
			n.refs = append(n.refs, o.Reference())
			byKind[o.Reference().Type] = append(byKind[o.Reference().Type], o.Reference())
		})
	})
	datastores := map[types.ManagedObjectReference]string{}
	for _, ds := range must(s.finder.DatastoreList(testContext(t), "*"))(t) {
		datastores[ds.Reference()] = ds.Name()
	}
	// What ends the session, waits for ever, or takes away the hosts that what comes afterwards needs.
	skip := map[string]bool{"Logout": true, "WaitForUpdates": true, "TerminateSession": true, "Login": true,
		"EnterMaintenanceMode_Task": true, "DisconnectHost_Task": true}
	for round := range 12 {
		for method, kinds := range r.service.Mux.Methods() {
			if skip[method] {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", method, round), func(t *testing.T) {
				params := n.value(wire.RequestType(method), 0)
				if refs := byKind[kinds[n.IntN(len(kinds))]]; len(refs) > 0 && n.IntN(4) > 0 {
					params.FieldByName("This").Set(reflect.ValueOf(refs[n.IntN(len(refs))]))
				}
				if method == "WaitForUpdatesEx" {
					zero := int32(0)
					params.FieldByName("Options").Set(reflect.ValueOf(&types.WaitOptions{MaxWaitSeconds: &zero}))
				}
				r.call(t, s, wire.Call(method, params.Interface()))
			})
		}
	}
	r.service.Tasks.Wait()
	r.inv.View(func(reader inventory.Reader) {
		for task := range inventory.All[mo.Task](reader) {
			if task.Info.Error == nil {
				continue
			}
			if _, internal := task.Info.Error.Fault.(*types.SystemError); internal {
				t.Errorf("%s: %s", task.Info.Name, task.Info.Error.LocalizedMessage)
			}
		}
		for vm := range inventory.All[mo.VirtualMachine](reader) {
			if vm.Config.Template != (vm.ResourcePool == nil) {
				t.Errorf("%s: template %v, pool %v", vm.Name, vm.Config.Template, vm.ResourcePool)
			}
		}
	})
	// It still works, and nothing is locked; a datastore that was renamed is called as before.
	for _, ds := range must(s.finder.DatastoreList(testContext(t), "*"))(t) {
		if name := datastores[ds.Reference()]; ds.Name() != name {
			task, err := ds.Rename(testContext(t), name)
			done(t, task, err)
		}
	}
	s.vm("afterwards")
	if n := must(s.finder.VirtualMachineList(testContext(t), "*"))(t); len(n) == 0 {
		t.Error("no VM left")
	}
}

// call posts a raw request and wants an answer that isn't an internal error.
func (r *running) call(t testing.TB, s *site, body []byte) *envelope {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req := must(http.NewRequestWithContext(ctx, "POST", r.url.String(), strings.NewReader(string(body))))(t)
	req.URL.User = nil
	req.Header.Set("SOAPAction", `"urn:vim25/8.0.3.0"`)
	for _, c := range s.c.Client.Client.Jar.Cookies(r.url) {
		req.AddCookie(c)
	}
	res, err := s.c.Client.Client.Client.Do(req)
	if err != nil {
		t.Fatalf("no answer: %v\n%s", err, body)
	}
	defer res.Body.Close()
	var e envelope
	if err := xml.NewDecoder(res.Body).Decode(&e); err != nil {
		t.Fatalf("answer isn't XML: %v", err)
	}
	if (res.StatusCode == 200) != (e.Body.Fault == nil) {
		t.Errorf("status %d with fault %v", res.StatusCode, e.Body.Fault)
	}
	if f := e.Body.Fault; f != nil && (f.Detail.Fault.XMLName.Local == "SystemErrorFault") {
		t.Errorf("internal error: %s\n%s", f.String, body)
	}
	return &e
}

type envelope struct {
	Body struct {
		Fault *struct {
			String string `xml:"faultstring"`
			Detail struct {
				Fault struct{ XMLName xml.Name } `xml:",any"`
			} `xml:"detail"`
		} `xml:"Fault"`
	} `xml:"Body"`
}
