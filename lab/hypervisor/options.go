package hypervisor

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"

	"github.com/vic-operator/vic-operator/lab/hypervisor/accel"
	"github.com/vic-operator/vic-operator/lab/hypervisor/lan"
)

// Options say what a Driver may use. The two directories are needed, the rest
// has defaults.
type Options struct {
	// CacheDir holds unpacked kernels; it may be shared and thrown away.
	CacheDir string
	// RunDir holds one directory per running machine. Only one Driver at a time
	// may use it; it ends what a killed predecessor left running.
	RunDir string
	// Roots are the directories in which disks, ISOs and log files may lie.
	// Empty means anywhere.
	Roots []string
	// Networks are the port groups, by name, behind which stands a LAN with
	// gateway, DHCP and DNS. All others are isolated.
	Networks map[string]lan.Config
	// QEMU is the program, "qemu-system-x86_64" by default.
	QEMU string
	// Accelerator is accel.KVM or accel.TCG; by default KVM where it works.
	Accelerator accel.Kind
	// MaxCPUs caps a machine's CPUs; by default this host's number of CPUs.
	MaxCPUs int
	// Boots is how many machines may boot at once; more wait for their turn.
	// By default this host's number of CPUs.
	Boots int
	// RealISOBoot starts every machine through its BIOS and ISO, as on ESXi,
	// instead of loading the kernel directly. It takes seconds longer.
	RealISOBoot bool
	// Log hears of what goes wrong; slog.Default() if nil.
	Log *slog.Logger
}

func (o Options) withDefaults() (Options, error) {
	for _, dir := range []*string{&o.CacheDir, &o.RunDir} {
		if *dir == "" {
			return o, fmt.Errorf("hypervisor: CacheDir and RunDir are needed")
		}
		absolute, err := filepath.Abs(*dir)
		if err != nil {
			return o, err
		}
		*dir = absolute
	}
	if o.QEMU == "" {
		o.QEMU = "qemu-system-x86_64"
	}
	if o.MaxCPUs == 0 {
		o.MaxCPUs = runtime.NumCPU()
	}
	if o.Boots == 0 {
		o.Boots = runtime.NumCPU()
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o, nil
}

// inRoots checks that path, links followed, lies in one of the allowed
// directories. The file itself need not be there yet, its directory must.
func (o Options) inRoots(path string) error {
	if len(o.Roots) == 0 {
		return nil
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		dir, dirErr := filepath.EvalSymlinks(filepath.Dir(path))
		if dirErr != nil {
			return dirErr
		}
		real = filepath.Join(dir, filepath.Base(path))
	}
	for _, root := range o.Roots {
		root, err := filepath.EvalSymlinks(root)
		if err != nil {
			continue
		}
		if relative, err := filepath.Rel(root, real); err == nil && filepath.IsLocal(relative) {
			return nil
		}
	}
	return fmt.Errorf("%s lies outside the datastores", path)
}
