package installation

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/vic-operator/vic-operator/lab/simulator"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// SimulatorConfig is what the vcenter process is told where it is govmomi's.
type SimulatorConfig struct {
	Dir         string // the lab's
	Port        int    // HTTPS
	ControlPort int
}

// RunSimulator serves the stock simulator until ctx ends.
func RunSimulator(ctx context.Context, c SimulatorConfig) error {
	orders, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", c.ControlPort))
	if err != nil {
		return err
	}
	s, err := simulator.Start(ctx, simulator.Options{
		Dir:    filepath.Join(c.Dir, "vcenter"),
		Port:   c.Port,
		Driver: &guest.Simulated{BootDelay: simulatedBoot},
		Log:    slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	defer s.Close()
	failed := make(chan error, 1)
	go func() { failed <- http.Serve(orders, s.Control()) }()
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}
