package simulator

import (
	"bytes"
	"context"
	"net/http"

	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
)

// Control is the simulator's part of the control API: it can be looked at, and
// steered no other way than by vSphere calls.
func (s *Simulator) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /tree", func(w http.ResponseWriter, r *http.Request) {
		var text bytes.Buffer
		entities, err := s.entities(r.Context())
		if err == nil {
			err = control.WriteTree(&text, entities)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_, _ = text.WriteTo(w)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the stock simulator knows no such order", http.StatusNotFound)
	})
	return mux
}

// entities are all that the simulator holds, also those that no folder leads to.
func (s *Simulator) entities(ctx context.Context) (list []control.Entity, err error) {
	power, err := s.power(ctx)
	if err != nil {
		return nil, err
	}
	var found []types.ObjectContent
	if err := s.retrieve(ctx, "", []string{"name", "parent"}, &found); err != nil {
		return nil, err
	}
	for _, object := range found {
		entity := control.Entity{Ref: refText(object.Obj), Note: power[object.Obj]}
		for _, value := range object.PropSet {
			switch v := value.Val.(type) {
			case string:
				entity.Name = v
			case types.ManagedObjectReference:
				entity.Parent = refText(v)
			}
		}
		list = append(list, entity)
	}
	return list, nil
}

// power is the state of each virtual machine.
func (s *Simulator) power(ctx context.Context) (map[types.ManagedObjectReference]string, error) {
	var vms []mo.VirtualMachine
	if err := s.retrieve(ctx, "VirtualMachine", []string{"runtime.powerState"}, &vms); err != nil {
		return nil, err
	}
	states := map[types.ManagedObjectReference]string{}
	for _, vm := range vms {
		states[vm.Self] = string(vm.Runtime.PowerState)
	}
	return states, nil
}

// retrieve reads properties of all entities of a kind, of all where it is empty.
func (s *Simulator) retrieve(ctx context.Context, kind string, paths []string, found any) error {
	var refs []types.ManagedObjectReference
	for _, entity := range s.model.Map().All(kind) {
		refs = append(refs, entity.Reference())
	}
	if len(refs) == 0 {
		return nil
	}
	return property.DefaultCollector(s.client.Client).Retrieve(ctx, refs, paths, found)
}

func refText(ref types.ManagedObjectReference) string { return ref.Type + " " + ref.Value }
