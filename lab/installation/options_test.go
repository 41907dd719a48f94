package installation

import (
	"strings"
	"testing"
)

func TestTheStockSimulatorIsAskedForNothingThatItCannotDo(t *testing.T) {
	stock := func(change func(*Options)) error {
		o := Options{Guests: "simulated", Consoles: 1, VCenter: "simulator"}
		change(&o)
		return o.Check()
	}
	if err := stock(func(*Options) {}); err != nil {
		t.Error(err)
	}
	for word, change := range map[string]func(*Options){
		"--guests":  func(o *Options) { o.Guests = "qemu" },
		"--profile": func(o *Options) { o.Profile = "esxi" },
		"--assume":  func(o *Options) { o.Assume = []string{"keepParents"} },
		"--only":    func(o *Options) { o.Only = []string{Registry} },
		"model":     func(o *Options) { o.VCenter = "vcsim" },
	} {
		if err := stock(change); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

func TestALabKeepsToTheVCenterThatItWasStartedWith(t *testing.T) {
	dir := t.TempDir()
	for _, shape := range []string{"simulator", "simulator"} {
		if err := keepShape(dir, shape); err != nil {
			t.Error(err)
		}
	}
	if err := keepShape(dir, "esxi"); err == nil || !strings.Contains(err.Error(), "--vcenter simulator, not with --profile esxi") {
		t.Error(err)
	}
}
