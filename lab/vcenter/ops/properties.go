package ops

import (
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/property"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

func (s *Service) propertyHandlers() {
	m := s.Mux
	m.Public("RetrievePropertiesEx", "RetrieveProperties")
	rpc.Handle(m, "PropertyCollector", s.createCollector)
	rpc.Handle(m, "PropertyCollector", s.destroyCollector)
	rpc.Handle(m, "PropertyCollector", s.createFilter)
	rpc.Handle(m, "PropertyFilter", s.destroyFilter)
	rpc.Handle(m, "PropertyCollector", s.retrievePropertiesEx)
	rpc.Handle(m, "PropertyCollector", s.continueRetrieve)
	rpc.Handle(m, "PropertyCollector", s.cancelRetrieve)
	rpc.Handle(m, "PropertyCollector", s.retrieveProperties)
	rpc.Handle(m, "PropertyCollector", s.waitForUpdatesEx)
	rpc.Handle(m, "PropertyCollector", s.waitForUpdates)
	rpc.Handle(m, "PropertyCollector", s.checkForUpdates)
	rpc.Handle(m, "PropertyCollector", func(c *rpc.Call, _ *types.CancelWaitForUpdates) (*types.CancelWaitForUpdatesResponse, error) {
		collector, err := s.collectors.find(c)
		if err != nil {
			return nil, err
		}
		collector.Cancel()
		return &types.CancelWaitForUpdatesResponse{}, nil
	})
	rpc.Handle(m, "ManagedObject", s.fetch)
}

func (s *Service) createCollector(c *rpc.Call, _ *types.CreatePropertyCollector) (*types.CreatePropertyCollectorResponse, error) {
	var ref Ref
	err := s.Inv.Update(func(tx *inventory.Tx) error {
		ref = tx.NewRef("PropertyCollector", "session["+c.Session.Key+"]collector")
		tx.Add(&mo.PropertyCollector{Self: ref})
		return nil
	})
	s.collectors.add(c.Session, ref)
	return &types.CreatePropertyCollectorResponse{Returnval: ref}, err
}

func (s *Service) destroyCollector(c *rpc.Call, _ *types.DestroyPropertyCollector) (*types.DestroyPropertyCollectorResponse, error) {
	collector, err := s.collectors.find(c)
	if err != nil {
		return nil, err
	}
	if c.This == s.content.PropertyCollector {
		return nil, fault.New(&types.NotSupported{})
	}
	collector.Cancel()
	err = s.Inv.Update(func(tx *inventory.Tx) error {
		tx.Remove(c.This)
		for _, f := range s.collectors.remove(c.Session, c.This) {
			tx.Remove(f)
		}
		return nil
	})
	return &types.DestroyPropertyCollectorResponse{}, err
}

func (s *Service) createFilter(c *rpc.Call, r *types.CreateFilter) (*types.CreateFilterResponse, error) {
	collector, err := s.collectors.find(c)
	if err != nil {
		return nil, err
	}
	spec, err := s.parseSpec(r.Spec)
	if err != nil {
		return nil, err
	}
	var ref Ref
	err = s.Inv.Update(func(tx *inventory.Tx) error {
		if err := spec.CheckRoots(tx); err != nil {
			return err
		}
		if err := spec.CheckVisible(tx, s.seeing(c)(tx)); err != nil {
			return err
		}
		ref = tx.NewRef("PropertyFilter", "session["+c.Session.Key+"]filter")
		tx.Add(&mo.PropertyFilter{Self: ref, Spec: r.Spec, PartialUpdates: r.PartialUpdates})
		collector.AddFilter(property.NewFilter(ref, spec))
		s.collectors.owned(c.Session, ref, c.This)
		s.showFilters(tx, c.This, collector)
		return nil
	})
	return &types.CreateFilterResponse{Returnval: ref}, err
}

// showFilters keeps PropertyCollector.filter, for collectors of one session;
// the shared one would have to be shown differently to each.
func (s *Service) showFilters(tx *inventory.Tx, ref Ref, collector *property.Collector) {
	if ref == s.content.PropertyCollector {
		return
	}
	if pc, err := inventory.Edit[mo.PropertyCollector](tx, ref); err == nil {
		pc.Filter = collector.Filters()
	}
}

func (s *Service) destroyFilter(c *rpc.Call, _ *types.DestroyPropertyFilter) (*types.DestroyPropertyFilterResponse, error) {
	ref, collector := s.collectors.collectorOf(c.Session, c.This)
	if collector == nil {
		return nil, inventory.NotFound(c.This)
	}
	err := s.Inv.Update(func(tx *inventory.Tx) error {
		collector.RemoveFilter(c.This)
		tx.Remove(c.This)
		s.showFilters(tx, ref, collector)
		return nil
	})
	s.collectors.disowned(c.Session, c.This)
	return &types.DestroyPropertyFilterResponse{}, err
}

func (s *Service) waitForUpdatesEx(c *rpc.Call, r *types.WaitForUpdatesEx) (*types.WaitForUpdatesExResponse, error) {
	wait, objects := time.Duration(-1), 0
	if r.Options != nil {
		if r.Options.MaxWaitSeconds != nil {
			if *r.Options.MaxWaitSeconds < 0 {
				return nil, fault.InvalidArgument("options.maxWaitSeconds")
			}
			wait = time.Duration(*r.Options.MaxWaitSeconds) * time.Second
		}
		if objects = int(r.Options.MaxObjectUpdates); objects < 0 {
			return nil, fault.InvalidArgument("options.maxObjectUpdates")
		}
	}
	set, err := s.wait(c, r.Version, wait, objects)
	return &types.WaitForUpdatesExResponse{Returnval: set}, err
}

func (s *Service) waitForUpdates(c *rpc.Call, r *types.WaitForUpdates) (*types.WaitForUpdatesResponse, error) {
	set, err := s.wait(c, r.Version, -1, 0)
	if err != nil {
		return nil, err
	}
	return &types.WaitForUpdatesResponse{Returnval: *set}, nil
}

func (s *Service) checkForUpdates(c *rpc.Call, r *types.CheckForUpdates) (*types.CheckForUpdatesResponse, error) {
	set, err := s.wait(c, r.Version, 0, 0)
	return &types.CheckForUpdatesResponse{Returnval: set}, err
}

func (s *Service) wait(c *rpc.Call, version string, wait time.Duration, objects int) (*types.UpdateSet, error) {
	collector, err := s.collectors.find(c)
	if err != nil {
		return nil, err
	}
	return collector.Wait(c.Ctx, version, wait, objects)
}
