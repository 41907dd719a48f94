package reference

import (
	"context"
	"sync"

	"github.com/vmware/govmomi/vim25/types"
	k8stypes "k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/vic-operator/vic-operator/lab/bench/fleet"
)

const finalizer = "vic.dev/reference"

// reconciler makes one VM per object. It knows its VMs from memory alone: it isn't
// killed while it is measured.
type reconciler struct {
	client client.Client
	fleet  *fleet.Fleet

	mu   sync.Mutex
	made map[k8stypes.UID]types.ManagedObjectReference
}

// Reconcile makes what isn't there, or takes away what shall go.
func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	object := &ContainerVM{}
	if err := r.client.Get(ctx, request.NamespacedName, object); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	machine := fleet.MachineOf(object.Name, string(object.UID))
	if !object.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, r.remove(ctx, object, machine)
	}
	if object.Status.State == "Running" {
		return ctrl.Result{}, nil
	}
	if !controllerutil.ContainsFinalizer(object, finalizer) {
		before := object.DeepCopyObject().(*ContainerVM)
		controllerutil.AddFinalizer(object, finalizer)
		if err := r.client.Patch(ctx, object, client.MergeFrom(before)); err != nil {
			return ctrl.Result{}, err
		}
	}
	if _, there := r.vmOf(object.UID); there {
		return ctrl.Result{}, nil // the cache is behind our own status
	}
	vm, err := r.fleet.Make(ctx, machine)
	if err != nil {
		return ctrl.Result{}, err
	}
	r.mu.Lock()
	r.made[object.UID] = vm
	r.mu.Unlock()
	before := object.DeepCopyObject().(*ContainerVM)
	object.Status = Status{ID: machine.ID, State: "Running"}
	return ctrl.Result{}, r.client.Status().Patch(ctx, object, client.MergeFrom(before))
}

func (r *reconciler) vmOf(uid k8stypes.UID) (types.ManagedObjectReference, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	vm, there := r.made[uid]
	return vm, there
}

func (r *reconciler) remove(ctx context.Context, object *ContainerVM, machine fleet.Machine) error {
	if !controllerutil.ContainsFinalizer(object, finalizer) {
		return nil
	}
	if vm, there := r.vmOf(object.UID); there {
		if err := r.fleet.Remove(ctx, vm, machine.ID); err != nil {
			return err
		}
		r.mu.Lock()
		delete(r.made, object.UID)
		r.mu.Unlock()
	}
	before := object.DeepCopyObject().(*ContainerVM)
	controllerutil.RemoveFinalizer(object, finalizer)
	return client.IgnoreNotFound(r.client.Patch(ctx, object, client.MergeFrom(before)))
}
