package roles

import (
	"io"
	"log"

	"github.com/vic-operator/vic-operator/guest/config"
	"github.com/vic-operator/vic-operator/guest/logs"
)

// output is a container's log and the port it goes to, if there is one.
type output struct {
	log  *logs.Log
	port *logs.Serial
}

func openLog(c *config.Log) (*output, error) {
	if c == nil || c.Port == "" {
		return &output{log: logs.New(io.Discard)}, nil
	}
	port, err := logs.OpenSerial(c.Port)
	if err != nil {
		return nil, err
	}
	return &output{log: logs.New(port), port: port}, nil
}

// end writes the guest's own last line and waits until all has left the machine.
func (o *output) end(line []byte) {
	if o.port == nil {
		return
	}
	if err := o.log.Line(logs.Guest, line); err != nil {
		log.Printf("log: %v", err)
	}
	if err := o.port.Drain(); err != nil {
		log.Printf("log: %v", err)
	}
}
