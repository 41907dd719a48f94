package main

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/vic-operator/vic-operator/lab/witness"
)

func witnessCommand() *cobra.Command {
	return &cobra.Command{
		Use: "witness", Short: "Judges SOAP requests by govmomi", Args: cobra.NoArgs,
		Long: `Reads requests from stdin, JSON: {"text": "<Envelope>…"}, one after the other. Answers each with a line, a JSON list
of what is wrong with it.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, out := json.NewDecoder(cmd.InOrStdin()), json.NewEncoder(cmd.OutOrStdout())
			for {
				var request struct{ Text string }
				if err := in.Decode(&request); errors.Is(err, io.EOF) {
					return nil
				} else if err != nil {
					return err
				}
				wrong := witness.Judge(request.Text)
				if err := out.Encode(append([]string{}, wrong...)); err != nil {
					return err
				}
			}
		},
	}
}
