package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/vic-operator/vic-operator/lab/installation"
	"github.com/vic-operator/vic-operator/lab/supervisor"
)

// reportFD is where a detached lab tells its progress until it is ready.
const reportFD = 3

// Last lines of a report.
const (
	reportReady  = "\x00ready"
	reportUnwell = "\x00unwell" // it runs, but for what follows
	reportFailed = "\x00failed"
)

func upCommand() *cobra.Command {
	var o installation.Options
	var detach, report bool
	cmd := &cobra.Command{
		Use: "up", Short: "Starts a lab and runs it until SIGINT or SIGTERM", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			root, err := filepath.Abs(o.Root)
			if err != nil {
				return err
			}
			o.Root = root
			if err := o.Check(); err != nil {
				return err
			}
			if err := supervisor.WaitFree(installation.Dir(root), time.Second); err != nil {
				return fmt.Errorf("%w; npm run lab -- down ends it", err)
			}
			switch {
			case detach:
				return upDetached(root)
			case report:
				return upReporting(cmd.Context(), o)
			default:
				return upHere(cmd.Context(), o)
			}
		},
	}
	rootFlag(cmd, &o.Root)
	cmd.Flags().StringVar(&o.Guests, "guests", "qemu", "qemu boots virtual machines, simulated only pretends")
	cmd.Flags().StringSliceVar(&o.Only, "only", nil, "no more than these: controlplane, vcenter, registry")
	cmd.Flags().StringSliceVar(&o.Assume, "assume", nil, "assumptions on vCenter to switch on, see docs/lab.md")
	cmd.Flags().IntVar(&o.Consoles, "consoles", 1, "how many consoles share the work")
	cmd.Flags().StringVar(&o.Profile, "profile", "", "shape of vSphere, see docs/lab.md")
	cmd.Flags().StringVar(&o.VCenter, "vcenter", "model", "model, or simulator: govmomi's, as it comes")
	cmd.Flags().BoolVar(&detach, "detach", false, "return when the lab is ready")
	cmd.Flags().BoolVar(&report, "report", false, "tell the progress to file descriptor 3 until ready")
	_ = cmd.Flags().MarkHidden("report")
	return cmd
}

func upHere(ctx context.Context, o installation.Options) error {
	log, err := openLog(o.Root)
	if err != nil {
		return err
	}
	defer log.Close()
	progress := installation.NewProgress(io.MultiWriter(os.Stdout, log))
	return installation.Up(ctx, o, progress, func(problem error) {
		if problem != nil {
			progress.Note("NOT WELL: %v", problem)
		}
	})
}

// upDetached starts the same command in a session of its own and passes on what
// it reports.
func upDetached(root string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := openLog(root)
	if err != nil {
		return err
	}
	defer log.Close()
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	var args []string
	for _, arg := range os.Args[1:] {
		if arg != "--detach" && arg != "--detach=true" {
			args = append(args, arg)
		}
	}
	cmd := exec.Command(self, append(args, "--report")...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{write} // becomes reportFD
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	write.Close()
	lines := bufio.NewScanner(read)
	for lines.Scan() {
		switch line := lines.Text(); {
		case line == reportReady:
			return nil
		case strings.HasPrefix(line, reportUnwell):
			return errors.New(strings.TrimPrefix(line, reportUnwell+" "))
		case strings.HasPrefix(line, reportFailed):
			_ = cmd.Wait() // nothing of it is left when this returns
			return errors.New(strings.TrimPrefix(line, reportFailed+" "))
		default:
			fmt.Println(line)
		}
	}
	_ = cmd.Wait()
	return fmt.Errorf("the lab ended while starting; see %s", log.Name())
}

// upReporting is the detached side.
func upReporting(ctx context.Context, o installation.Options) error {
	report := os.NewFile(reportFD, "report")
	out := &reporter{log: os.Stdout, to: report}
	err := installation.Up(ctx, o, installation.NewProgress(out), func(problem error) {
		if problem != nil {
			fmt.Fprintf(out, "NOT WELL: %v\n", problem)
			out.end(reportUnwell + " it runs, but see above; npm run lab -- down ends it")
			return
		}
		out.end(reportReady)
	})
	if err != nil {
		fmt.Fprintln(out, err)
		out.end(reportFailed + " nothing runs; the logs are in .lab/log/")
	}
	return err
}

// reporter writes to the log and, as long as somebody waits, to the pipe.
type reporter struct{ log, to *os.File }

func (r *reporter) Write(p []byte) (int, error) {
	if r.to != nil {
		_, _ = r.to.Write(p) // who waited may have gone
	}
	return r.log.Write(p)
}

func (r *reporter) end(line string) {
	if r.to == nil {
		return
	}
	fmt.Fprintln(r.to, line)
	r.to.Close()
	r.to = nil
}

func openLog(root string) (*os.File, error) {
	path := filepath.Join(installation.Dir(root), "log", "lab.log")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
}

func rootFlag(cmd *cobra.Command, root *string) {
	cmd.Flags().StringVar(root, "root", ".", "the checkout")
}
