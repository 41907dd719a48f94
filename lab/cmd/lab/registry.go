package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/vic-operator/vic-operator/lab/images"
	"github.com/vic-operator/vic-operator/lab/registry"
)

func registryCommand() *cobra.Command {
	var config registry.Config
	var imagesDir string
	cmd := &cobra.Command{
		Use: "registry", Short: "An OCI registry with the lab's images", Args: cobra.NoArgs,
		Long: `Serves the images in --images. Without ports it is a test's own: one line of JSON
goes to stdout when it serves, {"http": "<host:port>", "https": …, "control": …},
and it ends when stdin closes.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := images.Load(imagesDir)
			if err != nil {
				return fmt.Errorf("no images there, `lab images` makes them: %w", err)
			}
			config.Set = set
			ctx, cancel := context.WithCancel(cmd.Context())
			defer cancel()
			return registry.Run(ctx, config, func(at registry.Addresses) {
				if config.Port != 0 {
					return
				}
				go func() { // the end of the process that started us
					_, _ = io.Copy(io.Discard, os.Stdin)
					cancel()
				}()
				_ = json.NewEncoder(os.Stdout).Encode(at)
			})
		},
	}
	dirFlag(cmd, &config.Dir)
	cmd.Flags().StringVar(&imagesDir, "images", "", "directory that `lab images` has made")
	_ = cmd.MarkFlagRequired("images")
	cmd.Flags().IntVar(&config.Port, "port", 0, "loopback port for HTTP")
	cmd.Flags().IntVar(&config.TLSPort, "tls-port", 0, "loopback port for HTTPS")
	cmd.Flags().IntVar(&config.ControlPort, "control-port", 0, "loopback port for its part of the control API")
	cmd.MarkFlagsRequiredTogether("port", "tls-port", "control-port")
	return cmd
}

func imagesCommand() *cobra.Command {
	var dir, files string
	cmd := &cobra.Command{
		Use: "images", Short: "Makes the registry's images from Debian packages", Args: cobra.NoArgs,
		Long: `Makes the images in --dir where they aren't there yet, and lists them; or, with
--files, prints what the files of one image have to be once its layers are
applied: a JSON array of lab/images.File.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := images.Build(cmd.Context(), dir, func(note string) { fmt.Fprintln(os.Stderr, note) })
			if err != nil {
				return err
			}
			if files != "" {
				list, err := set.Files(files)
				if err != nil {
					return err
				}
				return json.NewEncoder(os.Stdout).Encode(list)
			}
			for _, tag := range set.Tags {
				fmt.Printf("%-28s %-10.20s %s\n", tag.Repository, tag.Tag, tag.Digest)
			}
			return nil
		},
	}
	dirFlag(cmd, &dir)
	cmd.Flags().StringVar(&files, "files", "", "print the files of this image, e.g. library/layers:latest")
	return cmd
}
