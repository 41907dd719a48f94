package main

import (
	"github.com/spf13/cobra"

	"github.com/vic-operator/vic-operator/lab/installation"
	"github.com/vic-operator/vic-operator/lab/supervisor"
)

func vcenterCommand() *cobra.Command {
	var config installation.VCenterConfig
	cmd := &cobra.Command{
		Use: "vcenter", Short: "A vCenter with its virtual machines", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if config.Port == 0 {
				ports, err := supervisor.ChoosePorts(config.Dir, "vcenter", "vcenter-control")
				if err != nil {
					return err
				}
				config.Port, config.ControlPort = ports["vcenter"], ports["vcenter-control"]
			}
			return installation.RunVCenter(cmd.Context(), config)
		},
	}
	dirFlag(cmd, &config.Dir)
	cmd.Flags().StringVar(&config.Guests, "guests", "qemu", "qemu or simulated")
	cmd.Flags().StringVar(&config.Network, "network", "VM Network", "port group behind which this host stands")
	cmd.Flags().StringVar(&config.Subnet, "subnet", "10.118.0.0/24", "of that network")
	cmd.Flags().StringSliceVar(&config.Assume, "assume", nil, "assumptions on vCenter to switch on")
	cmd.Flags().StringVar(&config.Profile, "profile", "", "shape of vSphere of a new inventory, see docs/lab.md")
	portFlag(cmd, &config.ConsolePort, "console-port", "that guests may reach")
	cmd.Flags().IntVar(&config.Port, "port", 0, "loopback port for HTTPS; without it, this and the next are chosen as a lab's, see <dir>/ports.json")
	cmd.Flags().IntVar(&config.ControlPort, "control-port", 0, "loopback port for its part of the control API")
	cmd.MarkFlagsRequiredTogether("port", "control-port")
	return cmd
}
