package roles

import (
	"io"
	"log"

	"github.com/vic-operator/vic-operator/guest/config"
	"github.com/vic-operator/vic-operator/guest/logs"
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
	return o, o.log.Begin()
}

// end writes the guest's own last line and waits until all has left the machine.
func (o *output) end(line []byte) {
	if err := o.log.Line(line); err != nil {
		log.Printf("log: %v", err)
	}
	if o.port == nil {
		return
	}
	if err := o.port.Drain(); err != nil {
		log.Printf("log: %v", err)
	}
}
