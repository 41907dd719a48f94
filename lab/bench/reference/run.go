package reference

import (
	"context"

	"github.com/go-logr/logr"
	"github.com/vmware/govmomi/vim25/types"
	k8stypes "k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/vic-operator/vic-operator/lab/bench/fleet"
)

// Options says what the controller serves.
type Options struct {
	Cluster   *rest.Config
	Namespace string
	// Except is the object of the VM that the others are made like.
	Except string
	// AtOnce is how many VMs are in progress at a time, with a worker each.
	AtOnce int
}

// Run reconciles until the context ends. ready is called once the cache is there.
func Run(ctx context.Context, f *fleet.Fleet, o Options, ready func()) error {
	log.SetLogger(logr.Discard())
	// As the operator, it isn't held back by its own client.
	o.Cluster.QPS, o.Cluster.Burst = -1, -1
	manager, err := ctrl.NewManager(o.Cluster, ctrl.Options{
		Scheme:  newScheme(),
		Metrics: server.Options{BindAddress: "0"},
		Cache:   cache.Options{DefaultNamespaces: map[string]cache.Config{o.Namespace: {}}},
	})
	if err != nil {
		return err
	}
	r := &reconciler{client: manager.GetClient(), fleet: f, made: map[k8stypes.UID]types.ManagedObjectReference{}}
	err = ctrl.NewControllerManagedBy(manager).For(&ContainerVM{}).
		WithEventFilter(predicate.NewPredicateFuncs(func(object client.Object) bool { return object.GetName() != o.Except })).
		WithOptions(controller.Options{MaxConcurrentReconciles: o.AtOnce}).Complete(r)
	if err != nil {
		return err
	}
	go func() {
		if manager.GetCache().WaitForCacheSync(ctx) {
			ready()
		}
	}()
	return manager.Start(ctx)
}
