package ops

import (
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/property"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/wire"
)

// maxRetrieveObjects is how many objects an answer of RetrievePropertiesEx
// holds when the client sets no bound.
const maxRetrieveObjects = 1000

func (s *Service) retrieve(c *rpc.Call, in []types.PropertyFilterSpec) ([]types.ObjectContent, error) {
	if c.Session == nil {
		// A client may look at the service's content before it logs in.
		for _, spec := range in {
			for _, o := range spec.ObjectSet {
				if o.Obj != serviceInstance || len(o.SelectSet) > 0 {
					return nil, rpc.NotAuthenticated(o.Obj)
				}
			}
		}
	}
	specs, err := s.parseSpecs(in)
	if err != nil {
		return nil, err
	}
	return property.Retrieve(s.Inv, s.Assumed(), specs, s.seeing(c), func(o inventory.Object) any { return s.seenBy(c, o) })
}

// seeing gives the inventory as the call's user may see it.
func (s *Service) seeing(c *rpc.Call) func(inventory.Reader) inventory.Reader {
	if c.Session == nil {
		return func(r inventory.Reader) inventory.Reader { return r }
	}
	return s.view(c.Session)
}

// view gives the inventory as a session's user may see it, and is told of it.
func (s *Service) view(session *rpc.Session) func(inventory.Reader) inventory.Reader {
	viewer := s.viewer(session)
	return func(r inventory.Reader) inventory.Reader { return s.latePower.through(viewer.Through(r)) }
}

// seenBy gives an object as a session sees it.
func (s *Service) seenBy(c *rpc.Call, o inventory.Object) inventory.Object {
	o = property.Seen(s.Assumed(), o)
	switch x := o.(type) {
	case *mo.VirtualMachine:
		return s.latePower.told(x)
	case *mo.SessionManager:
		return s.sessionManager(c, x)
	case *mo.AuthorizationManager:
		return shownManager(x)
	case *mo.ServiceInstance:
		now := *x
		now.ServerClock = time.Now()
		return &now
	}
	return o
}

func (s *Service) retrieveProperties(c *rpc.Call, r *types.RetrieveProperties) (*types.RetrievePropertiesResponse, error) {
	content, err := s.retrieve(c, r.SpecSet)
	return &types.RetrievePropertiesResponse{Returnval: content}, err
}

func (s *Service) retrievePropertiesEx(c *rpc.Call, r *types.RetrievePropertiesEx) (*types.RetrievePropertiesExResponse, error) {
	if r.Options.MaxObjects < 0 {
		return nil, fault.InvalidArgument("options.maxObjects")
	}
	content, err := s.retrieve(c, r.SpecSet)
	if err != nil || len(content) == 0 {
		return &types.RetrievePropertiesExResponse{}, err
	}
	max := int(r.Options.MaxObjects)
	if max == 0 || max > maxRetrieveObjects {
		max = maxRetrieveObjects
	}
	return &types.RetrievePropertiesExResponse{Returnval: s.page(c, content, max)}, nil
}

// page cuts content and keeps the rest under a token.
func (s *Service) page(c *rpc.Call, content []types.ObjectContent, max int) *types.RetrieveResult {
	result := &types.RetrieveResult{Objects: content}
	if len(content) > max && c.Session != nil {
		result.Objects = content[:max]
		result.Token = s.collectors.keep(c.Session, rest{content[max:], max})
	}
	return result
}

func (s *Service) continueRetrieve(c *rpc.Call, r *types.ContinueRetrievePropertiesEx) (*types.ContinueRetrievePropertiesExResponse, error) {
	kept, ok := s.collectors.takeRest(c.Session, r.Token)
	if !ok {
		return nil, fault.InvalidArgument("token")
	}
	return &types.ContinueRetrievePropertiesExResponse{Returnval: *s.page(c, kept.content, kept.max)}, nil
}

func (s *Service) cancelRetrieve(c *rpc.Call, r *types.CancelRetrievePropertiesEx) (*types.CancelRetrievePropertiesExResponse, error) {
	if _, ok := s.collectors.takeRest(c.Session, r.Token); !ok {
		return nil, fault.InvalidArgument("token")
	}
	return &types.CancelRetrievePropertiesExResponse{}, nil
}

// fetch reads one property, the way VMware's own clients do.
func (s *Service) fetch(c *rpc.Call, r *wire.Fetch) (*wire.FetchResponse, error) {
	visible := true
	s.Inv.View(func(all inventory.Reader) { visible = s.seeing(c)(all).Lookup(c.This) != nil })
	if !visible {
		return nil, fault.New(&types.NoPermission{Object: &c.This, PrivilegeId: "System.View"})
	}
	path, ok := property.ParsePath(r.Prop)
	o := s.seenBy(c, c.Object)
	if !ok || !path.ValidFor(o) {
		return nil, fault.New(&types.InvalidProperty{Name: r.Prop})
	}
	val, _ := path.Get(o)
	return &wire.FetchResponse{Returnval: val}, nil
}
