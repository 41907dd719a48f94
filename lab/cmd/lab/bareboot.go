package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/vic-operator/vic-operator/lab/bench"
)

func bareBootCommand() *cobra.Command {
	var dir string
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "bare-boot", Short: "Boots one machine by QEMU alone, and says how long its first output takes", Args: cobra.NoArgs,
		Long: `Reads a machine's recipe, JSON, from stdin: {"command": [QEMU's command line],
"guestInfo": {"guestinfo.vic.config": "…"}}. Starts it in --dir with a fresh child of its disk and a log of its own, and
prints {"firstOutputMs": n}. With "untilOff": true in the recipe, it waits until the machine has switched itself off, and
prints {"offMs": n}.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var recipe bench.Recipe
			if err := json.NewDecoder(os.Stdin).Decode(&recipe); err != nil {
				return fmt.Errorf("the recipe on stdin: %w", err)
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			took, err := bench.BareBoot(ctx, recipe, dir)
			if err != nil {
				return err
			}
			what := "firstOutputMs"
			if recipe.UntilOff {
				what = "offMs"
			}
			return json.NewEncoder(os.Stdout).Encode(map[string]float64{what: float64(took.Microseconds()) / 1000})
		},
	}
	dirFlag(cmd, &dir)
	cmd.Flags().DurationVar(&timeout, "timeout", 2*time.Minute, "for the first output")
	return cmd
}
