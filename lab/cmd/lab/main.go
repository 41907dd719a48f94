// Command lab is everything that a lab consists of, one subcommand per process.
// People use it through `npm run lab`; docs/lab.md describes it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	root := &cobra.Command{
		Use:           "lab",
		Short:         "A whole vic-operator installation on one machine",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(etcdCommand(), apiserverCommand(), controllersCommand(), controlplaneCommand(),
		registryCommand(), imagesCommand(), vcenterCommand(), simulatorCommand(), upCommand(), downCommand(), statusCommand(), treeCommand(),
		bareBootCommand(), crewCommand(), referenceCommand(), witnessCommand())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
}
