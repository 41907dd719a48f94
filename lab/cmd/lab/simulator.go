package main

import (
	"github.com/spf13/cobra"

	"github.com/vic-operator/vic-operator/lab/installation"
)

func simulatorCommand() *cobra.Command {
	var config installation.SimulatorConfig
	cmd := &cobra.Command{
		Use: "simulator", Short: "govmomi's simulator of vCenter, with guests that pretend", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return installation.RunSimulator(cmd.Context(), config)
		},
	}
	dirFlag(cmd, &config.Dir)
	portFlag(cmd, &config.Port, "port", "for HTTPS")
	portFlag(cmd, &config.ControlPort, "control-port", "for its part of the control API")
	return cmd
}
