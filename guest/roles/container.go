package roles

import (
	"errors"
	"io"
	"log"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vic-operator/vic-operator/guest/logs"
	"github.com/vic-operator/vic-operator/guest/mounts"
	"github.com/vic-operator/vic-operator/guest/process"
	"github.com/vic-operator/vic-operator/guest/report"
)

const (
	reasonRootMissing = "RootMissing"
	reasonRootInvalid = "RootInvalid"

	containerRoot = "/root"
	diskPatience  = 30 * time.Second // it is there before the VM is on, but hosts may be slow
	writePatience = 5 * time.Minute  // for what the container has written to reach its disk
)

// contain runs the image's process to its end.
func (g *guest) contain() error {
	out, err := openLog(g.config.Log)
	if err != nil {
		return fail(g.store, reasonGuestFailed, err)
	}
	err = g.runProcess(out.log)
	return errors.Join(err, g.finish(out))
}

func (g *guest) runProcess(log *logs.Log) error {
	rooted := make(chan error, 1)
	go func() { rooted <- g.mountRoot() }()
	if err := g.connect(); err != nil {
		return err
	}
	if err := <-rooted; err != nil {
		return err
	}
	copied, stdout, stderr, err := copyOutput(log)
	if err != nil {
		return fail(g.store, reasonGuestFailed, err)
	}
	p, err := process.Start(process.Spec{
		Process: *g.config.Process, Root: containerRoot, Hostname: g.config.Hostname, Bind: nameFiles,
		Stdout: stdout, Stderr: stderr,
	})
	stdout.Close()
	stderr.Close()
	if err != nil {
		return fail(g.store, process.ReasonStartFailed, err)
	}
	g.reportRunning(p.PID())
	select {
	case <-p.Ended():
	case <-g.ending.asked:
		p.Stop(g.config.StopTimeout())
	}
	<-p.Ended()
	copied.Wait() // all who held the other end are gone with the process
	exit := p.Exit()
	g.exit = &exit
	return nil
}

func (g *guest) mountRoot() error {
	disk, err := mounts.AwaitDisk(g.config.Root.Target, diskPatience)
	if err != nil {
		return fail(g.store, reasonRootMissing, err)
	}
	if err := mounts.Mount(disk, containerRoot, 0, mounts.LeafOptions); err != nil {
		return fail(g.store, reasonRootInvalid, err)
	}
	return nil
}

func (g *guest) reportRunning(pid int) {
	err := g.store.Update(func(r *report.Report) {
		r.State, r.PID, r.Addresses = report.Running, pid, g.addresses
		r.StartedAt = report.Timestamp(time.Now())
	})
	if err != nil {
		log.Printf("report: %v", err)
	}
}

// finish writes what must outlive the VM, the report last: who reads "exited" finds file system and log complete.
func (g *guest) finish(out *output) error {
	unmountRoot()
	exited := func(r *report.Report) {
		if g.exit == nil {
			return // failed, and reported so
		}
		r.State, r.ExitCode, r.OOMKilled = report.Exited, &g.exit.Code, g.exit.OOMKilled
		r.FinishedAt = report.Timestamp(g.exit.At)
	}
	out.end(g.store.LastLine(exited))
	return g.store.Update(exited)
}

// unmountRoot leaves the file system clean, unless its disk no longer answers.
func unmountRoot() {
	done := make(chan struct{})
	go func() {
		if err := unix.Unmount(containerRoot, 0); err != nil && err != unix.EINVAL {
			log.Printf("unmount: %v", err)
		}
		unix.Sync()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(writePatience):
		log.Printf("the root could not be unmounted within %s", writePatience)
	}
}

// copyOutput makes the pipes for a process's output and copies them to the log.
func copyOutput(log *logs.Log) (copied *sync.WaitGroup, stdout, stderr *os.File, err error) {
	copied = &sync.WaitGroup{}
	open := func(stream string) (*os.File, error) {
		r, w, err := os.Pipe()
		if err == nil {
			copied.Go(func() { copyStream(log, stream, r) })
		}
		return w, err
	}
	if stdout, err = open(logs.Stdout); err == nil {
		stderr, err = open(logs.Stderr)
	}
	return copied, stdout, stderr, err
}

func copyStream(to *logs.Log, stream string, r io.ReadCloser) {
	defer r.Close()
	if err := to.Copy(stream, r); err != nil {
		log.Printf("%s: %v", stream, err)
	}
}
