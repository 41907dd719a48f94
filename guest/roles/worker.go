package roles

// work serves a console until the VM is asked to end.
func (g *guest) work() error {
	if err := g.connect(); err != nil {
		return err
	}
	g.reportRunning(0)
	<-g.ending.asked
	return nil
}
