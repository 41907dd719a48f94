package modules

import (
	"path/filepath"
	"reflect"
	"testing"
)

func names(list []Module) (names []string) {
	for _, m := range list {
		names = append(names, m.Name)
	}
	return names
}

var some = NewIndex("/m", []Module{
	{Name: "sd_mod", Depends: []string{"scsi_mod", "built_in"}, Aliases: []string{"scsi:t-0x00*"}},
	{Name: "scsi_mod", Depends: []string{"scsi_common"}},
	{Name: "scsi_common"},
	{Name: "virtio_pci", Aliases: []string{"pci:v00001AF4d*sv*sd*bc*sc*i*"}},
	{Name: "a", Depends: []string{"b"}},
	{Name: "b", Depends: []string{"a"}},
})

func TestModulesComeAfterWhatTheyDependOnAndOnce(t *testing.T) {
	for _, c := range []struct{ given, want []string }{
		{[]string{"sd_mod", "scsi_common", "sd_mod"}, []string{"scsi_common", "scsi_mod", "sd_mod"}},
		{[]string{"unknown"}, nil},
		{[]string{"a"}, []string{"b", "a"}},
	} {
		if is := names(some.Order(c.given...)); !reflect.DeepEqual(is, c.want) {
			t.Errorf("%v: %v", c.given, is)
		}
	}
}

func TestDriversAreFoundByTheDevicesNames(t *testing.T) {
	for given, want := range map[string][]string{
		"pci:v00001AF4d00001003sv00001AF4sd00000003bc07sc80i00": {"virtio_pci"},
		"pci:v000015ADd000007C0sv000015ADsd000007C0bc01sc07i00": nil,
		"scsi:t-0x00": {"sd_mod"},
	} {
		if is := some.Drivers(given); !reflect.DeepEqual(is, want) {
			t.Errorf("%s: %v", given, is)
		}
	}
}

func TestModinfoIsRead(t *testing.T) {
	m := parse([]byte("license=GPL\x00depends=virtio,virtio-ring\x00alias=virtio:d3v*\x00alias=x\x00depends=\x00"))
	if !reflect.DeepEqual(m.Depends, []string{"virtio", "virtio_ring"}) || !reflect.DeepEqual(m.Aliases, []string{"virtio:d3v*", "x"}) {
		t.Errorf("%+v", m)
	}
	if Name(filepath.Join("x", "virtio-rng.ko")) != "virtio_rng" {
		t.Error("the kernel's names have no dashes")
	}
}
