package installation

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/vic-operator/vic-operator/lab/controlplane"
	"github.com/vic-operator/vic-operator/lab/supervisor"
)

// StartControlPlane starts etcd, the API server and the controllers in l, and
// returns when they serve.
func StartControlPlane(ctx context.Context, g *supervisor.Group, l controlplane.Layout, ports supervisor.Ports) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := controlplane.Prepare(l, ports["apiserver"]); err != nil {
		return err
	}
	etcd, apiserver := fmt.Sprint(ports["etcd"]), fmt.Sprint(ports["apiserver"])
	processes := []supervisor.Process{
		{
			Role:  "etcd",
			Args:  []string{self, "etcd", "--dir", string(l), "--port", etcd},
			Ready: listening(ports["etcd"]),
		},
		{
			Role:  "apiserver",
			Args:  []string{self, "apiserver", "--dir", string(l), "--port", apiserver, "--etcd-port", etcd},
			Ready: func(ctx context.Context) error { return controlplane.WaitReady(ctx, l) },
		},
		{
			Role: "controllers",
			Args: []string{self, "controllers", "--dir", string(l)},
		},
	}
	for _, p := range processes {
		if err := g.Start(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// listening waits until something accepts connections on the port.
func listening(port int) func(ctx context.Context) error {
	address := fmt.Sprintf("127.0.0.1:%d", port)
	return func(ctx context.Context) error {
		for {
			conn, err := net.DialTimeout("tcp", address, time.Second)
			if err == nil {
				return conn.Close()
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("nothing listens on %s: %w", address, ctx.Err())
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
}
