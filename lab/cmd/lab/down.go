package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/vic-operator/vic-operator/lab/installation"
	"github.com/vic-operator/vic-operator/lab/supervisor"
)

// downGrace is for a whole lab to stop by itself.
const downGrace = time.Minute

var errNoLab = errors.New("no lab runs here; npm run lab starts one")

func downCommand() *cobra.Command {
	var root string
	cmd := &cobra.Command{
		Use: "down", Short: "Ends the lab with all its processes, killed ones' orphans too", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := labDir(root)
			if err != nil {
				return err
			}
			if supervisor.Down(dir, downGrace) == 0 {
				fmt.Println("no lab ran here")
				return nil
			}
			fmt.Println("the lab has ended")
			return nil
		},
	}
	rootFlag(cmd, &root)
	return cmd
}

func statusCommand() *cobra.Command {
	var root string
	cmd := &cobra.Command{
		Use: "status", Short: "Says what runs", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := labDir(root)
			if err != nil {
				return err
			}
			return printStatus(dir)
		},
	}
	rootFlag(cmd, &root)
	return cmd
}

func printStatus(dir string) error {
	pid := supervisor.Supervisor(dir)
	running := supervisor.Running(dir)
	if pid == 0 {
		if left := supervisor.Owned(dir); len(left) > 0 {
			return fmt.Errorf("the lab's supervisor is gone, %d of its processes are left; npm run lab -- down ends them", len(left))
		}
		return errNoLab
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "ROLE\tPID\tLOG")
	fmt.Fprintf(table, "lab\t%d\t%s\n", pid, supervisor.LogFile(dir, "lab"))
	var roles []string
	for role := range running {
		roles = append(roles, role)
	}
	slices.Sort(roles)
	for _, role := range roles {
		fmt.Fprintf(table, "%s\t%d\t%s\n", role, running[role], supervisor.LogFile(dir, role))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if ports, err := supervisor.ReadPorts(dir); err == nil && running["gateway"] != 0 {
		fmt.Printf("DOCKER_HOST=%s (source .lab/env)\n", installation.DockerHost(ports["docker-sample"]))
	}
	return nil
}

func treeCommand() *cobra.Command {
	var root string
	cmd := &cobra.Command{
		Use: "tree", Short: "Prints the vCenter's inventory", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := labDir(root)
			if err != nil {
				return err
			}
			if supervisor.Supervisor(dir) == 0 {
				return errNoLab
			}
			ports, err := supervisor.ReadPorts(dir)
			if err != nil {
				return err
			}
			answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/tree", ports["control"]))
			if err != nil {
				return err
			}
			defer answer.Body.Close()
			_, err = io.Copy(os.Stdout, answer.Body)
			return err
		},
	}
	rootFlag(cmd, &root)
	return cmd
}

func labDir(root string) (string, error) {
	root, err := filepath.Abs(root)
	return installation.Dir(root), err
}
