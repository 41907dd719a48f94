package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/spf13/cobra"
	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/vim25/types"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/vic-operator/vic-operator/lab/bench/fleet"
	"github.com/vic-operator/vic-operator/lab/bench/reference"
)

// fleetFlags are what both of the operator's peers are told.
type fleetFlags struct {
	like   string
	atOnce int
}

func (f *fleetFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.like, "like", "", "a container's VM, vm-1, that others are made like")
	cmd.Flags().IntVar(&f.atOnce, "at-once", 32, "VMs in progress at a time")
	_ = cmd.MarkFlagRequired("like")
}

func (f *fleetFlags) open(ctx context.Context) (*fleet.Fleet, error) {
	address, user := os.Getenv("GOVC_URL"), os.Getenv("GOVC_USERNAME")
	if address == "" {
		return nil, errors.New("GOVC_URL is needed: source .lab/env")
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	u.User = url.UserPassword(user, os.Getenv("GOVC_PASSWORD"))
	client, err := govmomi.NewClient(ctx, u, true)
	if err != nil {
		return nil, err
	}
	return fleet.New(ctx, client.Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: f.like})
}

func crewCommand() *cobra.Command {
	var flags fleetFlags
	var count int
	cmd := &cobra.Command{
		Use: "crew", Short: "Makes many VMs like one, says how long it takes, and removes them", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := flags.open(cmd.Context())
			if err != nil {
				return err
			}
			took, err := fleet.Crew(cmd.Context(), f, count, flags.atOnce)
			if err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(map[string]float64{"runningMs": float64(took.Microseconds()) / 1000})
		},
	}
	flags.add(cmd)
	cmd.Flags().IntVar(&count, "count", 200, "VMs")
	return cmd
}

func referenceCommand() *cobra.Command {
	var flags fleetFlags
	var o reference.Options
	cmd := &cobra.Command{
		Use: "reference-controller", Short: "A controller of the usual kind, until its standard input closes", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithCancel(cmd.Context())
			defer cancel()
			go func() {
				_, _ = io.Copy(io.Discard, os.Stdin)
				cancel()
			}()
			f, err := flags.open(ctx)
			if err != nil {
				return err
			}
			if o.Cluster, err = clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG")); err != nil {
				return err
			}
			o.AtOnce = flags.atOnce
			return reference.Run(ctx, f, o, func() { fmt.Println(`{"ready":true}`) })
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&o.Namespace, "namespace", "team-a", "of the ContainerVMs")
	cmd.Flags().StringVar(&o.Except, "except", "", "a ContainerVM that is left alone")
	return cmd
}
