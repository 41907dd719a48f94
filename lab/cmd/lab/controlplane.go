package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/vic-operator/vic-operator/lab/controlplane"
	"github.com/vic-operator/vic-operator/lab/installation"
	"github.com/vic-operator/vic-operator/lab/supervisor"
)

const (
	readyTimeout = 2 * time.Minute
	stopGrace    = 10 * time.Second
)

func etcdCommand() *cobra.Command {
	var dir string
	var port int
	cmd := &cobra.Command{
		Use: "etcd", Short: "The API server's store", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return controlplane.RunEtcd(cmd.Context(), controlplane.Layout(dir), port)
		},
	}
	dirFlag(cmd, &dir)
	portFlag(cmd, &port, "port", "to serve clients on")
	return cmd
}

func apiserverCommand() *cobra.Command {
	var dir string
	var port, etcdPort int
	cmd := &cobra.Command{
		Use: "apiserver", Short: "kube-apiserver", Args: cobra.NoArgs,
		Run: func(*cobra.Command, []string) {
			signal.Reset() // it has handlers of its own
			os.Exit(controlplane.RunAPIServer(controlplane.Layout(dir), port, etcdPort))
		},
	}
	dirFlag(cmd, &dir)
	portFlag(cmd, &port, "port", "to serve on")
	portFlag(cmd, &etcdPort, "etcd-port", "of etcd")
	return cmd
}

func controllersCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "controllers", Short: "Garbage collector and namespace controller", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return controlplane.RunControllers(cmd.Context(), controlplane.Layout(dir))
		},
	}
	dirFlag(cmd, &dir)
	return cmd
}

func controlplaneCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "controlplane",
		Short: "etcd, API server and controllers alone, until stdin closes or SIGTERM",
		Long: `Runs a control plane in --dir for a test. When it serves, one line of JSON
goes to stdout: {"kubeconfig": "<path>", "kubeconfigs": {"<identity>": "<path>"}}.
It ends, with all its processes, when stdin closes, or at SIGTERM or SIGINT.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runControlPlane(cmd.Context(), dir) },
	}
	dirFlag(cmd, &dir)
	return cmd
}

func runControlPlane(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // the end of the process that started us
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	group, err := supervisor.NewGroup(dir, func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) })
	if err != nil {
		return err
	}
	defer group.Stop(stopGrace)
	ports, err := supervisor.ChoosePorts(dir, "etcd", "apiserver")
	if err != nil {
		return err
	}
	layout := controlplane.Layout(dir)
	starting, done := context.WithTimeout(ctx, readyTimeout)
	defer done()
	if err := installation.StartControlPlane(starting, group, layout, ports); err != nil {
		return err
	}
	ready := struct {
		Kubeconfig  string            `json:"kubeconfig"`
		Kubeconfigs map[string]string `json:"kubeconfigs"`
	}{layout.Kubeconfig(), map[string]string{}}
	for _, id := range controlplane.Identities {
		ready.Kubeconfigs[id.Name] = layout.KubeconfigOf(id.Name)
	}
	if err := json.NewEncoder(os.Stdout).Encode(ready); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func dirFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "dir", "", "where everything is kept")
	_ = cmd.MarkFlagRequired("dir")
}

func portFlag(cmd *cobra.Command, port *int, name, use string) {
	cmd.Flags().IntVar(port, name, 0, "loopback port "+use)
	_ = cmd.MarkFlagRequired(name)
}
