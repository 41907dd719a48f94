package inventory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// record is a line of the journal: an object, or what became of it. What was
// written at once counts when the line that ends it is there.
type record struct {
	Ref     Ref             `json:"ref"`
	Removed bool            `json:"removed,omitempty"`
	Object  json.RawMessage `json:"object,omitempty"`
	// Fields, where there are any, are all that Object says: the others keep
	// their values.
	Fields []string `json:"fields,omitempty"`
	// Lists are changes of lists of references: a folder's thousand VMs aren't
	// written down for each new one.
	Lists  map[string]listChange `json:"lists,omitempty"`
	End    bool                  `json:"end,omitempty"`
	NextID int                   `json:"nextID,omitempty"` // with End
}

// kept are the types that outlive the process. Sessions, tasks, views and the
// service's singletons begin anew.
var kept = map[string]reflect.Type{}

func init() {
	for _, o := range []Object{
		&mo.Folder{}, &mo.Datacenter{}, &mo.ClusterComputeResource{}, &mo.ComputeResource{}, &mo.HostSystem{}, &mo.HostNetworkSystem{},
		&mo.ResourcePool{}, &mo.VirtualApp{}, &mo.VirtualMachine{}, &mo.VirtualMachineSnapshot{},
		&mo.Datastore{}, &mo.HostDatastoreBrowser{}, &mo.EnvironmentBrowser{}, &mo.Network{}, &mo.DistributedVirtualPortgroup{},
		&mo.VmwareDistributedVirtualSwitch{}, &mo.CustomFieldsManager{}, &mo.AuthorizationManager{}, &mo.ServiceInstance{},
	} {
		t := reflect.TypeOf(o).Elem()
		kept[t.Name()] = t
	}
}

// change makes the record by which before becomes after; nil where nothing that
// is kept differs.
func change(ref Ref, before, after Object) (*record, error) {
	if after == nil {
		return &record{Ref: ref, Removed: true}, nil
	}
	rec := &record{Ref: ref}
	v := reflect.ValueOf(after).Elem()
	l := layoutOf(v.Type())
	part := reflect.New(v.Type())
	part.Elem().FieldByName("Self").Set(v.FieldByName("Self"))
	for _, f := range l.fields {
		now := v.FieldByIndex(f.index)
		if before != nil {
			was := reflect.ValueOf(before).Elem().FieldByIndex(f.index)
			if reflect.DeepEqual(was.Interface(), now.Interface()) {
				continue
			}
			if f.refs {
				if rec.Lists == nil {
					rec.Lists = map[string]listChange{}
				}
				rec.Lists[f.name] = diffList(was.Interface().([]Ref), now.Interface().([]Ref))
				continue
			}
			rec.Fields = append(rec.Fields, f.name)
		}
		part.Elem().FieldByIndex(f.index).Set(now)
	}
	if before != nil && rec.Fields == nil {
		if rec.Lists == nil {
			return nil, nil
		}
		return rec, nil
	}
	var b bytes.Buffer
	if err := types.NewJSONEncoder(&b).Encode(part.Interface()); err != nil {
		return nil, err
	}
	rec.Object = b.Bytes()
	return rec, nil
}

// append writes the record as a line.
func (rec *record) append(b *bytes.Buffer) error { return json.NewEncoder(b).Encode(rec) }

func appendEnd(b *bytes.Buffer, nextID int) {
	fmt.Fprintf(b, `{"end":true,"nextID":%d}`+"\n", nextID)
}

// apply makes of o, which is modified and may be nil, what rec says.
func (rec *record) apply(o Object) (Object, error) {
	t, ok := kept[rec.Ref.Type]
	if !ok {
		return nil, fmt.Errorf("unknown type %s", rec.Ref.Type)
	}
	l := layoutOf(t)
	whole := rec.Fields == nil && rec.Lists == nil
	if !whole && o == nil {
		return nil, fmt.Errorf("changed before it was there")
	}
	if rec.Object != nil {
		part := reflect.New(t)
		if err := types.NewJSONDecoder(bytes.NewReader(rec.Object)).Decode(part.Interface()); err != nil {
			return nil, err
		}
		if l.unshadow(part.Interface().(Object)); whole {
			return part.Interface().(Object), nil
		}
		for _, name := range rec.Fields {
			f, ok := l.named(name)
			if !ok {
				return nil, fmt.Errorf("unknown field %s", name)
			}
			reflect.ValueOf(o).Elem().FieldByIndex(f.index).Set(part.Elem().FieldByIndex(f.index))
		}
	}
	for name, c := range rec.Lists {
		f, ok := l.named(name)
		if !ok || !f.refs {
			return nil, fmt.Errorf("unknown list %s", name)
		}
		v := reflect.ValueOf(o).Elem().FieldByIndex(f.index)
		v.Set(reflect.ValueOf(c.apply(v.Interface().([]Ref))))
	}
	return o, nil
}
