package roles

import (
	"errors"
	"io"
	"log"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vic-operator/vic-operator/guest/logs"
	"github.com/vic-operator/vic-operator/guest/mounts"
	"github.com/vic-operator/vic-operator/guest/process"
	"github.com/vic-operator/vic-operator/guest/report"
	"github.com/vic-operator/vic-operator/guest/streams"
	"github.com/vic-operator/vic-operator/guest/usage"
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
	g.streams = streams.NewContainer(streams.Config{
		ID: g.config.ID, Run: g.store.Run(), StdinOnce: g.config.Process.StdinOnce, StopTimeout: g.config.StopTimeout(),
		Usage: usage.New(containerRoot),
	})
	g.answer()
	out, err := openLog(g.config.Log, logs.Options{Run: g.store.Run(), Taken: g.store.Former().LogBytes, Copy: &g.streams.Log})
	if err == nil {
		err = out.begin(g.store.Former())
	}
	if err != nil {
		return fail(g.store, reasonGuestFailed, err)
	}
	err = g.runProcess(out)
	return errors.Join(err, g.finish(out))
}

func (g *guest) runProcess(out *output) error {
	rooted := make(chan error, 1)
	go func() { rooted <- g.mountRoot() }()
	if err := g.connect(); err != nil {
		return err
	}
	if err := <-rooted; err != nil {
		return err
	}
	<-g.answering.done
	if err := g.answering.err; err != nil {
		return fail(g.store, reasonConfigInvalid, err)
	}
	if err := mounts.Seal(); err != nil {
		return fail(g.store, reasonGuestFailed, err)
	}
	p, err := process.Start(process.Spec{
		Process: *g.config.Process, Root: containerRoot, Hostname: g.config.Hostname, Bind: nameFiles,
	})
	if err != nil {
		return fail(g.store, process.ReasonStartFailed, err)
	}
	copied := g.copyOutput(p, out.log)
	g.streams.Started(contained{p})
	g.reportRunning(p.PID(), out.log.Bytes())
	g.dial()
	go g.reportLog(out.log, p.Ended())
	select {
	case <-p.Ended():
	case <-g.ending.asked:
		p.StopOnce(g.config.StopTimeout())
	}
	<-p.Ended()
	copied.Wait() // all who held the other end are gone with the process
	exit := p.Exit()
	g.exit, g.stopped = &exit, p.Stopping()
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

func (g *guest) reportRunning(pid int, logBytes int64) {
	err := g.store.Update(func(r *report.Report) {
		r.State, r.PID, r.Addresses, r.LogBytes, r.HostKey = report.Running, pid, g.network.Addresses, logBytes, g.answering.hostKey
		r.MACs = g.network.MACs
		r.StartedAt = report.Timestamp(time.Now())
	})
	if err != nil {
		log.Printf("report: %v", err)
	}
}

// finish writes what must outlive the VM, the report last: who reads "exited" finds file system and log complete.
func (g *guest) finish(out *output) error {
	if g.exit == nil {
		g.streams.Started(nil)
	}
	g.streams.Stdout.End()
	g.streams.Stderr.End()
	unmountRoot()
	exited := func(r *report.Report) {
		r.LogBytes = out.log.Bytes()
		if g.exit == nil {
			return // failed, and reported so
		}
		r.State, r.ExitCode, r.OOMKilled, r.Stopped = report.Exited, &g.exit.Code, g.exit.OOMKilled, g.stopped
		r.FinishedAt = report.Timestamp(g.exit.At)
	}
	out.end(g.store.LastLine(exited))
	g.streams.Log.End()
	g.hangUp()
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

// copyOutput copies a process's output to the consoles and to the log.
func (g *guest) copyOutput(p *process.Process, log *logs.Log) *sync.WaitGroup {
	var copied sync.WaitGroup
	copied.Go(func() { copyStream(log, logs.Stdout, io.TeeReader(p.Stdout(), &g.streams.Stdout)) })
	if stderr := p.Stderr(); stderr != nil {
		copied.Go(func() { copyStream(log, logs.Stderr, io.TeeReader(stderr, &g.streams.Stderr)) })
	}
	return &copied
}

func copyStream(to *logs.Log, stream string, r io.Reader) {
	if err := to.Copy(stream, r); err != nil {
		log.Printf("%s: %v", stream, err)
	}
}
