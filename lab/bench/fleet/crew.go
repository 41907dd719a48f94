package fleet

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/types"
	"golang.org/x/sync/errgroup"
)

// Crew makes count machines, atOnce of them in progress at a time, and returns
// how long it took from the first call until the process of each runs. They are
// removed then.
func Crew(ctx context.Context, f *Fleet, count, atOnce int) (time.Duration, error) {
	var mu sync.Mutex
	made := map[string]types.ManagedObjectReference{}
	began := time.Now()
	making, within := errgroup.WithContext(ctx)
	making.SetLimit(atOnce)
	for i := range count {
		making.Go(func() error {
			name := fmt.Sprintf("crew-%d", i)
			m := MachineOf(name, fmt.Sprintf("%s of %d", name, began.UnixNano()))
			vm, err := f.Make(within, m)
			if err == nil {
				mu.Lock()
				made[m.ID] = vm
				mu.Unlock()
			}
			return err
		})
	}
	err := making.Wait()
	took := time.Since(began)
	if err != nil {
		return 0, err
	}
	removing, ctx := errgroup.WithContext(ctx)
	removing.SetLimit(atOnce)
	for id, vm := range made {
		removing.Go(func() error { return f.Remove(ctx, vm, id) })
	}
	return took, removing.Wait()
}
