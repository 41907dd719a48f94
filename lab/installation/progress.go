package installation

import (
	"fmt"
	"io"
	"time"
)

// Progress tells a person how a start goes.
type Progress struct{ out io.Writer }

// NewProgress writes to out.
func NewProgress(out io.Writer) *Progress { return &Progress{out} }

// Note prints one line.
func (p *Progress) Note(format string, args ...any) { fmt.Fprintf(p.out, format+"\n", args...) }

// step runs one part of a start and says how long it took.
func (p *Progress) step(what string, do func() error) error {
	began := time.Now()
	if err := do(); err != nil {
		return err
	}
	p.Note("  %-42s %5.1f s", what, time.Since(began).Seconds())
	return nil
}
