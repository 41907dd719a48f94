package roles

import (
	"io"
	"log"
	"time"

	"github.com/vic-operator/vic-operator/guest/config"
	"github.com/vic-operator/vic-operator/guest/logs"
	"github.com/vic-operator/vic-operator/guest/report"
	"github.com/vic-operator/vic-operator/guest/serial"
)

// output is a container's log and the port it goes to, if there is one.
type output struct {
	log  *logs.Log
	port *serial.Port
}

func openLog(c *config.Log, options logs.Options) (*output, error) {
	o := &output{}
	var to io.Writer = io.Discard
	if c != nil && c.Port != "" {
		var err error
		if o.port, err = serial.Open(c.Port); err != nil {
			return nil, err
		}
		to, options.MaxBytes = o.port, c.MaxBytes
	}
	o.log = logs.New(to, options)
	return o, nil
}

// begin writes the run's first line.
func (o *output) begin(former report.Report) error {
	if !former.HasEnded() {
		if err := o.log.Break(); err != nil {
			return err
		}
	}
	return o.log.Begin()
}

// drainPatience bounds the end of a run whose log's datastore is out of reach: its exit code is still worth a report.
const drainPatience = time.Minute

// end writes the guest's own last line and waits until all has left the machine.
func (o *output) end(line []byte) {
	if err := o.log.Line(line); err != nil {
		log.Printf("log: %v", err)
	}
	if o.port == nil {
		return
	}
	drained := make(chan error, 1)
	go func() { drained <- o.port.Drain() }()
	select {
	case err := <-drained:
		if err != nil {
			log.Printf("log: %v", err)
		}
	case <-time.After(drainPatience):
		log.Print("log: the port doesn't take what it was given")
	}
}
