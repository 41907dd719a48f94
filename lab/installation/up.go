package installation

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/controlplane"
	"github.com/vic-operator/vic-operator/lab/images"
	"github.com/vic-operator/vic-operator/lab/supervisor"
)

const (
	// roleTimeout is for one process to become ready.
	roleTimeout = time.Minute
	// StopGrace is for one process to end.
	StopGrace = 10 * time.Second
)

// portNames are all ports of a lab.
var portNames = []string{
	"etcd", "apiserver", "vcenter", "vcenter-control", "registry", "registry-tls", "registry-control", "control",
	"console", "console-serial", "console-api", "operator-metrics", "console-metrics", "gateway-metrics",
	"docker", "docker-sample",
	"console-2", "console-2-serial", "console-2-api", "console-2-metrics", "consoles-serial", "consoles-api",
}

// lab is one that is being started.
type lab struct {
	Options
	progress *Progress
	group    *supervisor.Group
	ports    supervisor.Ports
	self     string // this program
	applier  *controlplane.Applier
	unready  error // the lab runs, but for this
}

// Up starts a lab, calls ready, keeps it running until ctx ends, and stops it.
// ready hears what is wrong with a lab that runs nevertheless.
func Up(ctx context.Context, o Options, progress *Progress, ready func(problem error)) error {
	dir := o.dir()
	if err := supervisor.Lock(dir); err != nil {
		return err
	}
	if n := supervisor.Sweep(dir, StopGrace); n > 0 {
		progress.Note("  ended %d processes that an earlier lab had left", n)
	}
	if err := keepShape(dir, o.shape()); err != nil {
		return err
	}
	l, err := newLab(o, progress)
	if err != nil {
		return err
	}
	began := time.Now()
	err = l.start(ctx)
	if err == nil {
		progress.Note("ready after %.1f s", time.Since(began).Seconds())
		l.hints()
		ready(l.unready)
		<-ctx.Done()
	}
	progress.Note("stopping")
	l.group.Stop(StopGrace)
	supervisor.Sweep(dir, StopGrace)
	os.RemoveAll(filepath.Join(dir, "tmp"))
	progress.Note("everything has ended")
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func newLab(o Options, progress *Progress) (*lab, error) {
	group, err := supervisor.NewGroup(o.dir(), progress.Note)
	if err != nil {
		return nil, err
	}
	ports, err := supervisor.ChoosePorts(o.dir(), portNames...)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return &lab{Options: o, progress: progress, group: group, ports: ports, self: self}, nil
}

// start brings up one part after the other.
func (l *lab) start(ctx context.Context) error {
	if err := l.serveControl(); err != nil {
		return err
	}
	if err := l.writeEnv(l.ports); err != nil {
		return err
	}
	steps := []struct {
		what string
		on   bool
		do   func(context.Context) error
	}{
		{"images", l.wants(Registry), l.makeImages},
		{"registry", l.wants(Registry), l.startRegistry},
		{"etcd, API server, controllers", l.wants(ControlPlane), l.startControlPlane},
		{"resource definitions and roles", l.wants(ControlPlane), l.applyManifests},
		{"vCenter", l.wants(VCenter), l.startVCenter},
		{"vic operator, console and gateway", l.product(), l.startProduct},
		{"sample container host", l.product(), l.applySample},
		{"certificates for Docker tools", l.product(), l.writeBundle},
	}
	for _, step := range steps {
		if !step.on {
			continue
		}
		if err := l.progress.step(step.what, func() error { return step.do(ctx) }); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// serveControl serves the control API until the process ends.
func (l *lab) serveControl() error {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", l.ports["control"]))
	if err != nil {
		return err
	}
	parts := map[string]int{"registry": 0, "": 0} // 0: doesn't run
	if l.wants(Registry) {
		parts["registry"] = l.ports["registry-control"]
	}
	if l.wants(VCenter) {
		parts[""] = l.ports["vcenter-control"]
	}
	go http.Serve(listener, control.Front(parts))
	return nil
}

func (l *lab) makeImages(ctx context.Context) error {
	_, err := images.Build(ctx, l.images(), func(note string) { l.progress.Note("  %s", note) })
	return err
}

func (l *lab) startControlPlane(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*roleTimeout)
	defer cancel()
	return StartControlPlane(ctx, l.group, l.controlPlane(), l.ports)
}

// applyManifests applies what `kubectl apply -k manifests/` would, but for the
// Deployments: the lab runs those processes itself.
func (l *lab) applyManifests(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, roleTimeout)
	defer cancel()
	applier, err := controlplane.NewApplier(l.controlPlane())
	if err != nil {
		return err
	}
	l.applier = applier
	namespaces, err := controlplane.Objects([]byte("apiVersion: v1\nkind: Namespace\nmetadata: {name: vic-system}\n"))
	if err != nil {
		return err
	}
	if err := applier.Apply(ctx, namespaces); err != nil {
		return err
	}
	for _, dir := range []string{"manifests/crds", "manifests/rbac"} {
		objects, err := controlplane.ObjectsIn(l.source(dir))
		if err != nil {
			return err
		}
		if err := applier.Apply(ctx, objects); err != nil {
			return err
		}
	}
	return nil
}

// startRole starts a process and waits for it at most roleTimeout.
func (l *lab) startRole(ctx context.Context, p supervisor.Process) error {
	ctx, cancel := context.WithTimeout(ctx, roleTimeout)
	defer cancel()
	return l.group.Start(ctx, p)
}
