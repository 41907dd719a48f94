package ops

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
)

// undoLog takes back what a failed creation did, the last first.
type undoLog struct{ steps []func() }

func (u *undoLog) add(step func()) { u.steps = append(u.steps, step) }

func (u *undoLog) clear() { u.steps = nil }

func (u *undoLog) run() {
	for i := len(u.steps) - 1; i >= 0; i-- {
		u.steps[i]()
	}
}

// home is a VM's directory and its configuration file.
type home struct {
	vmx     datastore.Path
	hostDir string
}

// claimHome makes the VM's directory and an empty configuration file in it,
// which nobody else can have made then.
func (s *Service) claimHome(name string, files *types.VirtualMachineFileInfo, undo *undoLog) (home, error) {
	if files == nil || files.VmPathName == "" {
		return home{}, fault.InvalidArgument("configSpec.files.vmPathName")
	}
	p, _, err := s.hostPath(files.VmPathName)
	if err != nil {
		return home{}, err
	}
	file := fileName(name)
	switch {
	case p.File == "" || s.choosesHome(p):
		return s.claimNewHome(datastore.Path{Datastore: p.Datastore}, file, undo)
	case path.Ext(p.File) != ".vmx":
		p = p.Join(file + ".vmx")
	}
	dir, err := s.host(p.Dir())
	if err == nil {
		err = s.noTopLevel(p)
	}
	if err != nil {
		return home{}, err
	}
	if _, there := s.exists(p.Dir().String()); !there && s.Assumed().NoHomeDirectory {
		return home{}, fileFault(os.ErrNotExist, p.Dir().String())
	}
	if err := s.makeDir(p.Dir(), dir, undo); err != nil {
		return home{}, err
	}
	return s.claimVMX(p, dir, undo)
}

// makeDir makes dir and what is missing above it.
func (s *Service) makeDir(p datastore.Path, dir string, undo *undoLog) error {
	if info, err := os.Stat(dir); err == nil {
		if !info.IsDir() {
			return fault.New(&types.FileAlreadyExists{FileFault: types.FileFault{File: p.String()}})
		}
		return nil
	}
	if p.File != "" {
		parent, err := s.host(p.Dir())
		if err != nil {
			return err
		}
		if err := s.makeDir(p.Dir(), parent, undo); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return fileFault(err, p.String())
	}
	undo.add(func() { _ = os.Remove(dir) })
	return nil
}

// claimNewHome makes a directory named after the VM, or name_1 and so on where
// that is taken.
func (s *Service) claimNewHome(root datastore.Path, file string, undo *undoLog) (home, error) {
	ds, err := s.datastoreNamed(root.Datastore)
	if err != nil {
		return home{}, err
	}
	for i := 0; ; i++ {
		name := file
		if i > 0 {
			name += "_" + strconv.Itoa(i)
		}
		if isObjectStore(ds) {
			object, err := s.createNamespace(ds, name)
			if fault.Is[types.FileAlreadyExists](err) {
				continue
			}
			if err != nil {
				return home{}, err
			}
			dir := filepath.Join(s.datastoreDir(ds), object)
			undo.add(func() { _ = os.Remove(dir) })
			return s.claimVMX(root.Join(object).Join(file+".vmx"), dir, undo)
		}
		dir, err := s.host(root.Join(name))
		if err != nil {
			return home{}, err
		}
		err = os.Mkdir(dir, 0o755)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return home{}, fileFault(err, root.Join(name).String())
		}
		undo.add(func() { _ = os.Remove(dir) })
		return s.claimVMX(root.Join(name).Join(file+".vmx"), dir, undo)
	}
}

// choosesHome says whether the datastore looks for a directory itself: an object
// store does so of a name that isn't a path.
func (s *Service) choosesHome(p datastore.Path) bool {
	ds, err := s.datastoreNamed(p.Datastore)
	_, there := s.exists(p.String())
	return err == nil && isObjectStore(ds) && !there && path.Ext(p.File) != ".vmx" && p.Dir().File == ""
}

func (s *Service) claimVMX(p datastore.Path, dir string, undo *undoLog) (home, error) {
	vmx, err := s.host(p)
	if err != nil {
		return home{}, err
	}
	f, err := os.OpenFile(vmx, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return home{}, fileFault(err, p.String())
	}
	_ = f.Close()
	undo.add(func() { _ = os.Remove(vmx) })
	return home{p, dir}, nil
}

// fileName is a VM's name as vCenter uses it for files.
func fileName(name string) string {
	return strings.NewReplacer("%2f", "_", "%5c", "_", "%25", "_", "[", "_", "]", "_").Replace(name)
}

func homeFiles(config *types.VirtualMachineConfigInfo, h home) {
	dir := h.vmx.Dir()
	config.Files = types.VirtualMachineFileInfo{
		VmPathName: h.vmx.String(), SnapshotDirectory: dir.String() + "/", SuspendDirectory: dir.String() + "/", LogDirectory: dir.String() + "/",
	}
	if dir.File == "" {
		config.Files.SnapshotDirectory, config.Files.SuspendDirectory, config.Files.LogDirectory = dir.String(), dir.String(), dir.String()
	}
}
